package dev.scr.softswitch.expression;

import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.packet.FieldLayout.Storage;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.packet.Phv;
import java.math.BigInteger;

/** A field that can be assigned to. Assignments wrap at the field's width, or saturate. */
public sealed interface Place {

  /** The field's layout. */
  FieldLayout field();

  /** Which header it belongs to, or -1 for none: then assignments do nothing. */
  int header(Packet packet);

  /** Assigns a number. */
  default void assign(Packet packet, Arith value) {
    int header = header(packet);
    if (header < 0) {
      return;
    }
    FieldLayout field = field();
    if (field.storage() == Storage.NARROW && !field.saturating()) {
      int index = packet.phv.layout().narrowIndex(header, field);
      packet.phv.narrow[index] = wrap(field, value.low(packet));
    } else {
      set(packet.phv, header, field, value.exact(packet));
    }
  }

  /** Assigns a number that fits a {@code long}. */
  default void assign(Packet packet, long value) {
    int header = header(packet);
    if (header < 0) {
      return;
    }
    FieldLayout field = field();
    if (field.storage() == Storage.NARROW && !field.saturating()) {
      packet.phv.narrow[packet.phv.layout().narrowIndex(header, field)] = wrap(field, value);
    } else {
      set(packet.phv, header, field, BigInteger.valueOf(value));
    }
  }

  /** Assigns a number of any size. */
  default void assign(Packet packet, BigInteger value) {
    int header = header(packet);
    if (header >= 0) {
      set(packet.phv, header, field(), value);
    }
  }

  private static long wrap(FieldLayout field, long value) {
    return field.signed()
        ? Bits.signExtend(value, field.bits())
        : value & Bits.longMask(field.bits());
  }

  private static void set(Phv phv, int header, FieldLayout field, BigInteger value) {
    Range range = field.signed() ? Range.signed(field.bits()) : Range.unsigned(field.bits());
    BigInteger fitting =
        field.saturating() ? value.max(range.low()).min(range.high()) : wrap(field, value);
    if (field.storage() == Storage.NARROW) {
      phv.narrow[phv.layout().narrowIndex(header, field)] = fitting.longValue();
    } else {
      phv.wide[phv.layout().wideIndex(header, field)] = fitting;
    }
  }

  private static BigInteger wrap(FieldLayout field, BigInteger value) {
    BigInteger bits = Bits.lowBits(value, field.bits());
    return field.signed() && bits.testBit(field.bits() - 1)
        ? bits.subtract(BigInteger.ONE.shiftLeft(field.bits()))
        : bits;
  }

  /** A field of a header known at load time. */
  record Static(int number, FieldLayout field, int index, boolean plain, long mask)
      implements Place {
    /** That field; {@code index} is its place among the narrow or the wide values. */
    public Static(int number, FieldLayout field, int index) {
      this(
          number,
          field,
          index,
          field.storage() == Storage.NARROW && !field.signed() && !field.saturating(),
          field.bits() <= 64 ? Bits.longMask(field.bits()) : 0);
    }

    @Override
    public int header(Packet packet) {
      return number;
    }

    @Override
    public void assign(Packet packet, Arith value) {
      if (plain) {
        packet.phv.narrow[index] = value.low(packet) & mask;
      } else {
        Place.super.assign(packet, value);
      }
    }

    @Override
    public void assign(Packet packet, long value) {
      if (plain) {
        packet.phv.narrow[index] = value & mask;
      } else {
        Place.super.assign(packet, value);
      }
    }
  }

  /** A field of a header known only at run time. */
  record Dynamic(HeaderExpr expression, FieldLayout field) implements Place {
    @Override
    public int header(Packet packet) {
      return expression.header(packet);
    }
  }
}
