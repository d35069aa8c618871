package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.HeaderExpr;
import dev.scr.softswitch.expression.Place;
import dev.scr.softswitch.expression.UnionExpr;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.packet.Phv;
import dev.scr.softswitch.packet.PhvLayout;

/** Steps that change fields, headers, stacks and unions. */
public sealed interface HeaderPrimitive extends Primitive {

  /** Assigns to a field. */
  record Assign(Place target, Arith value) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      target.assign(packet, value);
      return NEXT;
    }
  }

  /** Assigns a variable-length field with its length. */
  record AssignVariable(
      HeaderExpr target, FieldLayout targetField, HeaderExpr source, FieldLayout sourceField)
      implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      int to = target.header(packet);
      int from = source.header(packet);
      if (to >= 0 && from >= 0) {
        Phv phv = packet.phv;
        phv.wide[phv.layout().wideIndex(to, targetField)] =
            phv.wide[phv.layout().wideIndex(from, sourceField)];
        phv.setVariableBits(to, phv.variableBits(from));
      }
      return NEXT;
    }
  }

  /** Copies a header, or makes the target invalid if the source is. */
  record AssignHeader(HeaderExpr target, HeaderExpr source) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      int to = target.header(packet);
      if (to >= 0) {
        assign(packet.phv, to, source.header(packet));
      }
      return NEXT;
    }
  }

  private static void assign(Phv phv, int target, int source) {
    if (phv.isValid(source)) {
      phv.setValid(target);
      phv.copyFields(target, source);
    } else {
      phv.setInvalid(target);
    }
  }

  /** Copies a union member by member. */
  record AssignUnion(UnionExpr target, UnionExpr source) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      int to = target.union(packet);
      int from = source.union(packet);
      if (to >= 0 && from >= 0) {
        assignUnion(packet.phv, to, from);
      }
      return NEXT;
    }
  }

  private static void assignUnion(Phv phv, int target, int source) {
    PhvLayout layout = phv.layout();
    int valid = phv.validMember(source);
    if (valid >= 0) {
      assign(phv, layout.unionHeader(target, valid), layout.unionHeader(source, valid));
    } else {
      for (int i = 0; i < layout.unionSize(target); i++) {
        phv.setInvalid(layout.unionHeader(target, i));
      }
    }
  }

  /** Copies a header stack of the same depth. */
  record AssignStack(int target, int source) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      Phv phv = packet.phv;
      PhvLayout layout = phv.layout();
      phv.setStackNext(target, phv.stackNext(source));
      for (int i = 0; i < layout.stackDepth(target); i++) {
        assign(phv, layout.stackHeader(target, i), layout.stackHeader(source, i));
      }
      return NEXT;
    }
  }

  /** Copies a union stack of the same depth. */
  record AssignUnionStack(int target, int source) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      Phv phv = packet.phv;
      PhvLayout layout = phv.layout();
      phv.setUnionStackNext(target, phv.unionStackNext(source));
      for (int i = 0; i < layout.unionStackDepth(target); i++) {
        assignUnion(phv, layout.unionStackUnion(target, i), layout.unionStackUnion(source, i));
      }
      return NEXT;
    }
  }

  /** Moves a stack's elements towards the end; the first {@code count} become invalid. */
  record Push(int stack, Arith count) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      Phv phv = packet.phv;
      PhvLayout layout = phv.layout();
      int depth = layout.stackDepth(stack);
      int shift = shift(packet, count, depth);
      phv.setStackNext(stack, Math.min(depth, phv.stackNext(stack) + shift));
      for (int i = depth - 1; i >= shift; i--) {
        phv.copyHeader(layout.stackHeader(stack, i), layout.stackHeader(stack, i - shift));
      }
      for (int i = 0; i < shift; i++) {
        phv.setInvalid(layout.stackHeader(stack, i));
      }
      return NEXT;
    }
  }

  /** Moves a stack's elements towards the front; the last {@code count} become invalid. */
  record Pop(int stack, Arith count) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      Phv phv = packet.phv;
      PhvLayout layout = phv.layout();
      int depth = layout.stackDepth(stack);
      int shift = shift(packet, count, depth);
      phv.setStackNext(stack, Math.max(0, phv.stackNext(stack) - shift));
      for (int i = 0; i < depth - shift; i++) {
        phv.copyHeader(layout.stackHeader(stack, i), layout.stackHeader(stack, i + shift));
      }
      for (int i = depth - shift; i < depth; i++) {
        phv.setInvalid(layout.stackHeader(stack, i));
      }
      return NEXT;
    }
  }

  private static int shift(Packet packet, Arith count, int depth) {
    int number = count.index(packet);
    return number < 0 ? depth : Math.min(number, depth);
  }

  /** As {@link Push}, for a union stack. */
  record PushUnions(int stack, Arith count) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      Phv phv = packet.phv;
      PhvLayout layout = phv.layout();
      int depth = layout.unionStackDepth(stack);
      int shift = shift(packet, count, depth);
      phv.setUnionStackNext(stack, Math.min(depth, phv.unionStackNext(stack) + shift));
      for (int i = depth - 1; i >= shift; i--) {
        copyUnion(phv, layout.unionStackUnion(stack, i), layout.unionStackUnion(stack, i - shift));
      }
      for (int i = 0; i < shift; i++) {
        invalidateUnion(phv, layout.unionStackUnion(stack, i));
      }
      return NEXT;
    }
  }

  /** As {@link Pop}, for a union stack. */
  record PopUnions(int stack, Arith count) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      Phv phv = packet.phv;
      PhvLayout layout = phv.layout();
      int depth = layout.unionStackDepth(stack);
      int shift = shift(packet, count, depth);
      phv.setUnionStackNext(stack, Math.max(0, phv.unionStackNext(stack) - shift));
      for (int i = 0; i < depth - shift; i++) {
        copyUnion(phv, layout.unionStackUnion(stack, i), layout.unionStackUnion(stack, i + shift));
      }
      for (int i = depth - shift; i < depth; i++) {
        invalidateUnion(phv, layout.unionStackUnion(stack, i));
      }
      return NEXT;
    }
  }

  private static void copyUnion(Phv phv, int target, int source) {
    PhvLayout layout = phv.layout();
    for (int i = 0; i < layout.unionSize(target); i++) {
      phv.copyHeader(layout.unionHeader(target, i), layout.unionHeader(source, i));
    }
  }

  private static void invalidateUnion(Phv phv, int union) {
    for (int i = 0; i < phv.layout().unionSize(union); i++) {
      phv.setInvalid(phv.layout().unionHeader(union, i));
    }
  }

  /** Makes an invalid header valid with all fields zero; {@code zeroed} false leaves them. */
  record AddHeader(HeaderExpr header, boolean zeroed) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      int number = header.header(packet);
      if (number < 0) {
        return NEXT;
      }
      if (!zeroed) {
        packet.phv.setValid(number);
      } else if (!packet.phv.isValid(number)) {
        packet.phv.zero(number);
        packet.phv.setValid(number);
        packet.lengthRegister += packet.phv.wireBytes(number);
      }
      return NEXT;
    }
  }

  /** Makes a header invalid. */
  record RemoveHeader(HeaderExpr header) implements HeaderPrimitive {
    @Override
    public int run(Packet packet) {
      int number = header.header(packet);
      if (packet.phv.isValid(number)) {
        packet.lengthRegister -= packet.phv.wireBytes(number);
        packet.phv.setInvalid(number);
      }
      return NEXT;
    }
  }
}
