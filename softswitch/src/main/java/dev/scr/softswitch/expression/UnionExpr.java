package dev.scr.softswitch.expression;

import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.Packet;

/** An expression that names a header union. */
public sealed interface UnionExpr {

  /** The union's number, or -1 when an index is outside its stack. */
  int union(Packet packet);

  /** A union that is known at load time. */
  record Static(int number) implements UnionExpr {
    @Override
    public int union(Packet packet) {
      return number;
    }
  }

  /** The element of a union stack at a computed index. */
  record StackElement(int stack, Arith index) implements UnionExpr {
    @Override
    public int union(Packet packet) {
      int union = packet.phv.layout().unionStackUnion(stack, index.index(packet));
      if (union < 0) {
        packet.count(Event.INDEX_OUT_OF_RANGE);
      }
      return union;
    }
  }

  /** The element of a union stack that was extracted last. */
  record LastElement(int stack) implements UnionExpr {
    @Override
    public int union(Packet packet) {
      return packet.phv.layout().unionStackUnion(stack, packet.phv.unionStackNext(stack) - 1L);
    }
  }
}
