package dev.scr.softswitch.program;

import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.packet.FieldLayout.Storage;
import dev.scr.softswitch.packet.HeaderCodec;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.packet.Phv;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;

/** A hash over fields, constants, headers and payload. Parts of invalid headers are left out. */
public final class Calculation {

  /** A part of the input. */
  public sealed interface Input {

    /** The bits of a field. */
    record Field(int header, FieldLayout field) implements Input {}

    /** A constant. */
    record Constant(BigInteger value, int bits) implements Input {}

    /** All bits of a header. */
    record Header(int header, HeaderCodec codec) implements Input {}

    /** What follows the parsed headers. */
    record Payload() implements Input {}
  }

  private final String name;
  private final HashAlgorithm algorithm;
  private final Input[] inputs;
  private byte[] scratch = new byte[256];
  private int bits;

  /** That hash of those inputs, which are appended bit by bit and padded with zeros at the end. */
  public Calculation(String name, HashAlgorithm algorithm, List<Input> inputs) {
    this.name = name;
    this.algorithm = algorithm;
    this.inputs = inputs.toArray(Input[]::new);
  }

  /** The P4 name. */
  public String name() {
    return name;
  }

  /** The hash for a packet, as an unsigned number. */
  public long value(Packet packet) {
    bits = 0;
    for (Input input : inputs) {
      if (input instanceof Input.Field field) {
        append(packet.phv, field);
      } else if (input instanceof Input.Constant constant) {
        int at = extend(constant.bits);
        Bits.writeWide(scratch, at, constant.bits, constant.value);
      } else if (input instanceof Input.Header header) {
        append(packet.phv, header);
      } else {
        appendPayload(packet);
      }
    }
    return algorithm.hash(scratch, (bits + 7) >>> 3);
  }

  private void append(Phv phv, Input.Field input) {
    if (!phv.isValid(input.header)) {
      return;
    }
    FieldLayout field = input.field;
    if (field.storage() == Storage.NARROW) {
      int at = extend(field.bits());
      long value = phv.narrow[phv.layout().narrowIndex(input.header, field)];
      Bits.write(scratch, at, field.bits(), value);
    } else {
      int width =
          field.storage() == Storage.VARIABLE ? phv.variableBits(input.header) : field.bits();
      int at = extend(width);
      Bits.writeWide(scratch, at, width, phv.wide[phv.layout().wideIndex(input.header, field)]);
    }
  }

  private void append(Phv phv, Input.Header input) {
    if (phv.isValid(input.header)) {
      int at = extend(phv.wireBytes(input.header) * 8);
      input.codec.deparse(phv, input.header, scratch, at);
    }
  }

  private void appendPayload(Packet packet) {
    bits = (bits + 7) & ~7;
    int at = extend(packet.remaining() * 8);
    System.arraycopy(packet.frame, packet.position, scratch, at >>> 3, packet.remaining());
  }

  /** Makes room for more bits, zeroed; returns where they start. */
  private int extend(int more) {
    int at = bits;
    int usedBytes = (bits + 7) >>> 3;
    bits += more;
    int needed = (bits + 7) >>> 3;
    if (needed > scratch.length) {
      scratch = Arrays.copyOf(scratch, Math.max(needed, scratch.length * 2));
    }
    Arrays.fill(scratch, usedBytes, needed, (byte) 0);
    return at;
  }
}
