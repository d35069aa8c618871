package dev.scr.k2.proof;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.ebpf.object.ProgramType;
import java.util.EnumSet;
import java.util.Set;

/**
 * Legacy loads from the packet ({@code BPF_ABS}, {@code BPF_IND}) on one path: the kernel's {@code
 * bpf_skb_load_helper} takes a 32-bit signed offset; negative ones name other places than the
 * packet. Outside, the program ends with 0.
 */
final class PacketLoads {
  /** As the kernel's {@code may_access_skb}. */
  private static final Set<ProgramType> LEGACY_LOADS =
      EnumSet.of(
          ProgramType.SOCKET_FILTER, ProgramType.TC, ProgramType.TC_ACTION, ProgramType.CGROUP_SKB);

  private final Universe universe;
  private final Terms terms;
  private final PathMemory memory;

  PacketLoads(Universe universe, PathMemory memory) {
    this.universe = universe;
    this.terms = universe.terms;
    this.memory = memory;
  }

  /** Executes a load; the ways that it can go are told to {@code ways}. */
  void load(PathState state, MemSize size, Term offset, Ways ways) {
    if (!LEGACY_LOADS.contains(universe.type)) {
      throw new Refusal(
          "expected a program of type "
              + LEGACY_LOADS
              + " for a legacy load, found "
              + universe.type);
    }
    if (state.registers.get(Reg.of(6)) != universe.context || state.caller != null) {
      throw new Refusal("expected the context in r6, in the main program");
    }
    Term negative = terms.lessSigned(offset, terms.number(0, 32));
    Term at = terms.slices.widen(offset, 64);
    Term end = terms.add(at, terms.constant(size.bytes()));
    Term length = terms.slices.widen(packetLength(state), 64);
    Term inside = terms.not(terms.lessUnsigned(length, end));
    Term address = terms.add(universe.packet(state.packet), at);
    ways.when(
        terms.both(terms.not(negative), inside),
        s -> {
          Term found = memory.readPacket(s, address, size.bytes());
          finish(s, size, found);
        });
    Term special = terms.apply("special" + size + state.packet, size.bits(), offset);
    Term exists = terms.apply("exists" + size + state.packet, 1, offset);
    Term isThere = terms.equal(exists, terms.number(1, 1));
    ways.when(terms.both(negative, isThere), s -> finish(s, size, special));
    Term fails =
        terms.either(
            terms.both(terms.not(negative), terms.not(inside)),
            terms.both(negative, terms.not(isThere)));
    ways.zero(fails);
  }

  /** The context's {@code len}: all bytes of the packet. */
  private Term packetLength(PathState state) {
    return memory.load(state, universe.context, 4);
  }

  private void finish(PathState state, MemSize size, Term bytes) {
    Term wide = terms.slices.widen(bytes, 64);
    HelperCalls.finish(state, Meaning.loadedFromPacket(terms, size, wide));
  }
}
