package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.Cond;
import dev.scr.softswitch.expression.Place;
import dev.scr.softswitch.packet.HeaderCodec;
import dev.scr.softswitch.packet.HeaderLayout;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.packet.Phv;

/** One operation of a parser state. */
public sealed interface ParserOp {

  /** Says that the parser goes on. */
  int OK = -1;

  /**
   * Does the operation.
   *
   * @return {@link #OK}, or the number of the parser error
   */
  int run(Packet packet);

  /** How many bits the variable-length field of an extracted header has; absent for none. */
  sealed interface Length {

    /** The header has no variable-length field. */
    record Fixed() implements Length {}

    /** The length is computed; must be a multiple of 8. */
    record Computed(Arith bits) implements Length {}
  }

  /** Reads headers of one type. */
  record Extractor(HeaderLayout type, HeaderCodec codec, Length length, ParserErrors errors) {

    /** Reads a header at the parser's position. */
    int extract(Packet packet, int header) {
      int variableBits = 0;
      if (length instanceof Length.Computed computed) {
        variableBits = computed.bits.index(packet);
        if (variableBits < 0) {
          return errors.packetTooShort();
        }
        if ((variableBits & 7) != 0) {
          return errors.invalidArgument();
        }
      }
      long bytes = (type.fixedBits() + (long) variableBits) >>> 3;
      if (packet.remaining() < bytes) {
        return errors.packetTooShort();
      }
      if (variableBits > 0 && type.maxBytes() != 0 && bytes > type.maxBytes()) {
        return errors.headerTooShort();
      }
      codec.extract(packet.phv, header, packet.frame, packet.position * 8, variableBits);
      packet.phv.setValid(header);
      packet.position += (int) bytes;
      return OK;
    }
  }

  /** Extracts a header instance. */
  record Extract(int header, Extractor extractor) implements ParserOp {
    @Override
    public int run(Packet packet) {
      return extractor.extract(packet, header);
    }
  }

  /** Extracts the next element of a stack. */
  record ExtractStack(int stack, Extractor extractor) implements ParserOp {
    @Override
    public int run(Packet packet) {
      Phv phv = packet.phv;
      int next = phv.stackNext(stack);
      int header = phv.layout().stackHeader(stack, next);
      if (header < 0) {
        return extractor.errors.stackOutOfBounds();
      }
      int result = extractor.extract(packet, header);
      if (result == OK) {
        phv.setStackNext(stack, next + 1);
      }
      return result;
    }
  }

  /** Extracts a member of the next element of a union stack. */
  record ExtractUnionStack(int stack, int member, Extractor extractor) implements ParserOp {
    @Override
    public int run(Packet packet) {
      Phv phv = packet.phv;
      int next = phv.unionStackNext(stack);
      int union = phv.layout().unionStackUnion(stack, next);
      if (union < 0) {
        return extractor.errors.stackOutOfBounds();
      }
      int result = extractor.extract(packet, phv.layout().unionHeader(union, member));
      if (result == OK) {
        phv.setUnionStackNext(stack, next + 1);
      }
      return result;
    }
  }

  /** Assigns to a field; {@code peekedBits} packet bits must be left for the value. */
  record Set(Place target, Arith value, int peekedBits, ParserErrors errors) implements ParserOp {
    @Override
    public int run(Packet packet) {
      if (peekedBits > 0 && packet.remaining() * 8L < peekedBits) {
        return errors.packetTooShort();
      }
      target.assign(packet, value);
      return OK;
    }
  }

  /** Ends the parser with an error unless a condition holds. */
  record Verify(Cond condition, Arith error) implements ParserOp {
    @Override
    public int run(Packet packet) {
      return condition.test(packet) ? OK : Math.max(0, error.index(packet));
    }
  }

  /** Skips packet data. */
  record Advance(Arith bits, ParserErrors errors) implements ParserOp {
    @Override
    public int run(Packet packet) {
      int count = bits.index(packet);
      if (count < 0 || packet.remaining() * 8L < count) {
        return (count & 7) != 0 && count >= 0 ? errors.invalidArgument() : errors.packetTooShort();
      }
      if ((count & 7) != 0) {
        return errors.invalidArgument();
      }
      packet.position += count >>> 3;
      return OK;
    }
  }

  /** Runs a primitive. */
  record Call(Primitive primitive) implements ParserOp {
    @Override
    public int run(Packet packet) {
      primitive.run(packet);
      return OK;
    }
  }
}
