package dev.scr.softswitch.state;

import dev.scr.softswitch.packet.Bits;
import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An array of numbers that survive the packet. All cells start at 0 and wrap at their width. */
public final class RegisterArray {

  private final String name;
  private final int size;
  private final int bits;
  private final long @Nullable [] narrow;
  private final BigInteger @Nullable [] wide;

  /** {@code size} cells of {@code bits} bits each. */
  public RegisterArray(String name, int size, int bits) {
    this.name = name;
    this.size = size;
    this.bits = bits;
    if (bits <= 64) {
      narrow = new long[size];
      wide = null;
    } else {
      narrow = null;
      wide = new BigInteger[size];
      Arrays.fill(wide, BigInteger.ZERO);
    }
  }

  /** The P4 name. */
  public String name() {
    return name;
  }

  /** Number of cells. */
  public int size() {
    return size;
  }

  /** Width of a cell. */
  public int bits() {
    return bits;
  }

  /** The low 64 bits of a cell; the caller has checked the index. */
  public long low(int index) {
    return narrow != null ? narrow[index] : exact(index).longValue();
  }

  /** A cell's value; the caller has checked the index. */
  public BigInteger exact(int index) {
    if (wide != null) {
      return wide[index];
    }
    return narrow == null ? BigInteger.ZERO : Bits.unsigned(narrow[index]);
  }

  /** Sets a cell of at most 64 bits; the caller has checked the index. */
  public void setLow(int index, long value) {
    if (narrow != null) {
      narrow[index] = value & Bits.longMask(bits);
    } else {
      set(index, Bits.unsigned(value));
    }
  }

  /** Sets a cell; the caller has checked the index. */
  public void set(int index, BigInteger value) {
    if (wide != null) {
      wide[index] = Bits.lowBits(value, bits);
    } else {
      setLow(index, value.longValue());
    }
  }
}
