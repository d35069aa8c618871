package dev.scr.softswitch.expression;

import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.packet.FieldLayout.Storage;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.state.RegisterArray;
import java.math.BigInteger;

/** Numbers that come from somewhere: constants, fields, parameters, registers, stacks. */
public sealed interface ArithLeaf extends Arith {

  @Override
  default BigInteger wide(Packet packet) {
    throw new IllegalStateException(this + " never has a wide value");
  }

  /** A constant. */
  record Constant(BigInteger value, long lowBits, Range range) implements ArithLeaf {
    /** That number. */
    public Constant(BigInteger value) {
      this(value, value.longValue(), Range.of(value));
    }

    @Override
    public long low(Packet packet) {
      return lowBits;
    }

    @Override
    public BigInteger wide(Packet packet) {
      return value;
    }
  }

  /** A field of at most 64 bits of a header known at load time. */
  record NarrowField(int header, FieldLayout field, int index, Range range) implements ArithLeaf {
    @Override
    public long low(Packet packet) {
      return packet.phv.narrow[index];
    }
  }

  /** A wide or variable-length field of a header known at load time. */
  record WideField(int header, FieldLayout field, int index, Range range) implements ArithLeaf {
    @Override
    public long low(Packet packet) {
      return packet.phv.wide[index].longValue();
    }

    @Override
    public BigInteger wide(Packet packet) {
      return packet.phv.wide[index];
    }
  }

  /** A field of a header known only at run time; 0 when there is no such header. */
  record HeaderField(HeaderExpr header, FieldLayout field, Range range) implements ArithLeaf {
    @Override
    public long low(Packet packet) {
      int number = header.header(packet);
      if (number < 0) {
        return 0;
      }
      return field.storage() == Storage.NARROW
          ? packet.phv.narrow[packet.phv.layout().narrowIndex(number, field)]
          : packet.phv.wide[packet.phv.layout().wideIndex(number, field)].longValue();
    }

    @Override
    public BigInteger wide(Packet packet) {
      int number = header.header(packet);
      return number < 0
          ? BigInteger.ZERO
          : packet.phv.wide[packet.phv.layout().wideIndex(number, field)];
    }
  }

  /** The hidden field that says whether a header is valid. */
  record ValidBit(HeaderExpr header) implements ArithLeaf {
    @Override
    public long low(Packet packet) {
      return packet.phv.isValid(header.header(packet)) ? 1 : 0;
    }

    @Override
    public Range range() {
      return Range.BIT;
    }
  }

  /** A parameter of the action that runs. */
  record Parameter(int index, Range range) implements ArithLeaf {
    @Override
    public long low(Packet packet) {
      return packet.arguments.low(index);
    }

    @Override
    public BigInteger wide(Packet packet) {
      return packet.arguments.exact(index);
    }
  }

  /** A register read inside an expression; 0 when the index is out of range. */
  record RegisterCell(RegisterArray array, Arith index, Range range) implements ArithLeaf {
    @Override
    public long low(Packet packet) {
      int cell = cell(packet);
      return cell < 0 ? 0 : array.low(cell);
    }

    @Override
    public BigInteger wide(Packet packet) {
      int cell = cell(packet);
      return cell < 0 ? BigInteger.ZERO : array.exact(cell);
    }

    private int cell(Packet packet) {
      int cell = index.index(packet);
      if (cell >= 0 && cell < array.size()) {
        return cell;
      }
      packet.count(Event.INDEX_OUT_OF_RANGE);
      return -1;
    }
  }

  /** Index of the element of a stack that was extracted last; -1 for an empty stack. */
  record LastStackIndex(int stack, Range range) implements ArithLeaf {
    @Override
    public long low(Packet packet) {
      return packet.phv.stackNext(stack) - 1L;
    }
  }

  /** Number of elements extracted into a stack. */
  record StackSize(int stack, Range range) implements ArithLeaf {
    @Override
    public long low(Packet packet) {
      return packet.phv.stackNext(stack);
    }
  }

  /** Bits of the packet after the parser's position; the caller has checked that they are there. */
  record Lookahead(int bitOffset, int bits, Range range) implements ArithLeaf {
    @Override
    public long low(Packet packet) {
      return bits <= 64
          ? Bits.read(packet.frame, packet.position * 8 + bitOffset, bits)
          : wide(packet).longValue();
    }

    @Override
    public BigInteger wide(Packet packet) {
      return Bits.readWide(packet.frame, packet.position * 8 + bitOffset, bits);
    }
  }

  /** 1 for true, 0 for false. */
  record BoolToData(Cond condition) implements ArithLeaf {
    @Override
    public long low(Packet packet) {
      return condition.test(packet) ? 1 : 0;
    }

    @Override
    public Range range() {
      return Range.BIT;
    }
  }
}
