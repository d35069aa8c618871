package dev.scr.softswitch.expression;

import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.Packet;

/** An expression that names a header. */
public sealed interface HeaderExpr {

  /** The header's number, or -1 when an index is outside its stack. */
  int header(Packet packet);

  /** A header that is known at load time. */
  record Static(int number) implements HeaderExpr {
    @Override
    public int header(Packet packet) {
      return number;
    }
  }

  /** The element of a stack at a computed index. */
  record StackElement(int stack, Arith index) implements HeaderExpr {
    @Override
    public int header(Packet packet) {
      int header = packet.phv.layout().stackHeader(stack, index.index(packet));
      if (header < 0) {
        packet.count(Event.INDEX_OUT_OF_RANGE);
      }
      return header;
    }
  }

  /** The element of a stack that was extracted last. */
  record LastElement(int stack) implements HeaderExpr {
    @Override
    public int header(Packet packet) {
      return packet.phv.layout().stackHeader(stack, packet.phv.stackNext(stack) - 1L);
    }
  }

  /** A member of a union. */
  record UnionMember(UnionExpr union, int member) implements HeaderExpr {
    @Override
    public int header(Packet packet) {
      int number = union.union(packet);
      return number < 0 ? -1 : packet.phv.layout().unionHeader(number, member);
    }
  }
}
