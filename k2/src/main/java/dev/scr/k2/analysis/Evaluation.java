package dev.scr.k2.analysis;

import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.ebpf.object.ProgramType;
import org.jspecify.annotations.Nullable;

/**
 * What instructions compute from what is known before them. Changes no state. Owned by one thread.
 */
final class Evaluation {
  private final Terms terms;
  private final ProgramType type;

  /**
   * Evaluates instructions.
   *
   * @param terms makes the values
   * @param type of the program: which fields of its context are pointers
   */
  Evaluation(Terms terms, ProgramType type) {
    this.terms = terms;
    this.type = type;
  }

  /** The value that an arithmetic instruction computes; null if an operand may not be read. */
  @Nullable Term computed(Alu alu, State state) {
    Term src = state.value(alu.src());
    Term dst = alu.op().readsDestination() ? state.register(alu.dst()) : terms.constant(0);
    return src == null || dst == null ? null : Meaning.alu(terms, alu.op(), alu.width(), dst, src);
  }

  /** The value that a load finds; null if the base may not be read. */
  @Nullable Term loaded(Load load, State state) {
    Term base = state.register(load.base());
    if (base == null) {
      return null;
    }
    Term address = terms.add(base, terms.constant(load.offset()));
    int bytes = load.size().bytes();
    Region region =
        address.region() instanceof Region.Context && bytes == 4
            ? pointerField(type, address.offset())
            : null;
    if (region != null) {
      // The kernel replaces the 4-byte field by a 64-bit pointer: nothing is extended.
      return terms.symbol(
          Join.site(state.versionOf(new Region.Packet()), 300 + (int) address.offset()),
          Bounds.ANY,
          region);
    }
    Term found = state.load(address, bytes);
    if (found == null) {
      found = terms.load(state.versionOf(new Region.Unknown()), address, bytes, null);
    }
    return Meaning.loaded(terms, load.size(), load.signed(), found);
  }

  private static @Nullable Region pointerField(ProgramType type, long offset) {
    if (type == ProgramType.XDP) {
      return offset == 0 || offset == 8
          ? new Region.Packet()
          : offset == 4 ? new Region.PacketEnd() : null;
    }
    if (type == ProgramType.TC) {
      return offset == 76 || offset == 140
          ? new Region.Packet()
          : offset == 80 ? new Region.PacketEnd() : null;
    }
    return null;
  }

  /** The value that an LDDW loads. */
  Term constant(LoadWide wide) {
    return switch (wide.source()) {
      case CONSTANT -> terms.constant(wide.value());
      case MAP_FD, MAP_INDEX ->
          terms.symbol(Join.site(wide.imm(), 200), Bounds.ANY, new Region.MapHandle(wide.imm()));
      case MAP_FD_VALUE, MAP_INDEX_VALUE ->
          terms.add(
              terms.symbol(
                  Join.site(wide.imm(), 201),
                  Bounds.unsigned(1, -1),
                  new Region.MapValue(wide.imm())),
              terms.constant(wide.nextImm()));
      case VARIABLE, CODE ->
          terms.symbol(
              Join.site(wide.imm(), wide.source() == WideSource.CODE ? 202 : 203),
              Bounds.ANY,
              new Region.Unknown());
    };
  }

  /** Whether a branch is taken, as far as it is known: 1, 0 or something else. */
  @Nullable Term condition(Branch branch, State state) {
    Term a = state.register(branch.dst());
    Term b = state.value(branch.src());
    if (a == null || b == null) {
      return null;
    }
    return Meaning.test(terms, branch.op(), branch.width(), known(state, a), known(state, b));
  }

  /** A value that stands for a term, with what is known here in its own bounds. */
  private Term known(State state, Term term) {
    Bounds bounds = state.bounds(term);
    if (bounds.isConstant()) {
      return terms.constant(bounds.min());
    }
    return bounds.equals(term.bounds())
        ? term
        : terms.symbol(term.id() | 1L << 60, bounds, term.region());
  }
}
