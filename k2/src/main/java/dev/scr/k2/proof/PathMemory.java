package dev.scr.k2.proof;

import dev.scr.ebpf.machine.ContextLayout;
import dev.scr.ebpf.object.ProgramType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Accesses of one program to memory. An access must be proved to lie in its block; what the
 * original cannot be shown to do is assumed, because the original passed the kernel's verifier.
 */
final class PathMemory {
  /** One kind of access to the context. */
  record ContextAccess(long offset, int bytes, boolean write) {}

  private final Universe universe;
  private final Terms terms;
  private final Block stack;
  private final boolean original;
  private final Set<ContextAccess> contextAccesses = new LinkedHashSet<>();

  PathMemory(Universe universe, String program, boolean original) {
    this.universe = universe;
    this.terms = universe.terms;
    this.stack = universe.stackOf(program);
    this.original = original;
  }

  /** Accesses to the context on all paths so far. */
  Set<ContextAccess> contextAccesses() {
    return contextAccesses;
  }

  /** The block and the offset that an address is in. */
  Memory.Place place(Term address) {
    Term base = Addresses.base(address);
    Block block = base == null ? null : base == universe.stack ? stack : universe.block(base);
    if (base == null || block == null) {
      throw new Refusal("expected a pointer to memory, found " + address);
    }
    return new Memory.Place(block, terms.subtract(address, base));
  }

  /** A load by an instruction: a number of that width. */
  Term load(PathState state, Term address, int bytes) {
    Memory.Place place = place(address);
    if (place.block().kind() == Region.Kind.CONTEXT) {
      return loadContext(state, place.offset(), bytes);
    }
    require(state, place, bytes, true);
    return read(state, place, bytes);
  }

  /** A store by an instruction. */
  void store(PathState state, Term address, Term value, int bytes) {
    Memory.Place place = place(address);
    if (place.block().kind() == Region.Kind.CONTEXT) {
      noteContext(place.offset(), bytes, true);
    } else {
      require(state, place, bytes, true);
    }
    requireWritable(place.block());
    state.memory = state.memory.write(terms, place.block(), place.offset(), value, bytes);
  }

  /** A load of packet bytes that are known to be there. */
  Term readPacket(PathState state, Term address, int bytes) {
    return read(state, place(address), bytes);
  }

  private void requireWritable(Block block) {
    if (block.space().startsWith("map")) {
      int map = Integer.parseInt(block.space().substring(3));
      if (map != Universe.INNER && universe.spec(map).readOnly()) {
        throw new Refusal("expected a write to a writable map, found map " + map);
      }
    }
  }

  private Term read(PathState state, Memory.Place place, int bytes) {
    return state.memory.read(terms, state.facts, place.block(), place.offset(), bytes);
  }

  /** The bytes that a helper reads, as numbers of up to eight bytes. */
  List<Term> readChunks(PathState state, Term address, int bytes) {
    List<Term> chunks = new ArrayList<>();
    if (bytes == 0) {
      return chunks;
    }
    Memory.Place place = place(address);
    require(state, place, bytes, false);
    for (int at = 0; at < bytes; at += 8) {
      Term offset = terms.add(place.offset(), terms.constant(at));
      chunks.add(read(state, new Memory.Place(place.block(), offset), Math.min(8, bytes - at)));
    }
    return chunks;
  }

  /**
   * The bytes from an address to the end of its stack frame, for a helper that reads an unknown
   * number of them.
   */
  List<Term> readFrame(PathState state, Term address) {
    Memory.Place place = place(address);
    long end = Universe.frameEnd(state.depth - 1);
    if (place.block().kind() != Region.Kind.STACK || !place.offset().isConstant()) {
      throw new Refusal("expected a key or value of an inner map on the stack, found " + address);
    }
    List<Term> bytes = new ArrayList<>();
    for (long at = place.offset().value; at < end; at++) {
      Term found = read(state, new Memory.Place(place.block(), terms.constant(at)), 1);
      bytes.add(StackBytes.asRead(terms, found));
    }
    return bytes;
  }

  /** A helper writes unknown bytes. */
  void forget(PathState state, Term address, int bytes, String name) {
    if (bytes == 0) {
      return;
    }
    Memory.Place place = place(address);
    require(state, place, bytes, false);
    for (int at = 0; at < bytes; at++) {
      Term offset = terms.add(place.offset(), terms.constant(at));
      Term value = terms.symbol(name + "." + at, 8);
      state.memory = state.memory.write(terms, place.block(), offset, value, 1);
    }
  }

  private Term loadContext(PathState state, Term offset, int bytes) {
    noteContext(offset, bytes, false);
    int at = (int) offset.value;
    ContextLayout layout = layout();
    if (bytes == 4 && at < layout.size() && layout.isPointer(at)) {
      return packetPointer(state, at);
    }
    Block block = place(universe.context).block();
    return read(state, new Memory.Place(block, offset), bytes);
  }

  private ContextLayout layout() {
    return Universe.layout(universe.type);
  }

  /** The kernel turns a load of these 32-bit fields into one of a 64-bit pointer. */
  private Term packetPointer(PathState state, int field) {
    Term data = universe.packet(state.packet);
    int order =
        universe.type == ProgramType.XDP ? field / 4 : field == 76 ? 0 : field == 80 ? 1 : 2;
    return switch (order) {
      case 0 -> data;
      case 1 -> terms.add(data, universe.packetLength(state.packet));
      default -> terms.subtract(data, universe.metaLength(state.packet));
    };
  }

  private void noteContext(Term offset, int bytes, boolean write) {
    if (!offset.isConstant()) {
      throw new Refusal("expected a constant offset in the context, found " + offset);
    }
    contextAccesses.add(new ContextAccess(offset.value, bytes, write));
  }

  /** The accesses to the context that neither the original nor the kernel's table has. */
  void checkContext(Set<ContextAccess> allowed) {
    checkContext(contextAccesses, allowed);
  }

  /** As {@link #checkContext(Set)}, for accesses that were noted elsewhere. */
  void checkContext(Set<ContextAccess> made, Set<ContextAccess> allowed) {
    for (ContextAccess access : made) {
      boolean listed =
          layout() != ContextLayout.MEMORY
              && layout().allows((int) access.offset(), access.bytes(), access.write());
      if (!listed && !allowed.contains(access)) {
        throw new Refusal(
            "expected a context access that the original makes, found "
                + (access.write() ? "a write of " : "a read of ")
                + access.bytes()
                + " bytes at offset "
                + access.offset());
      }
    }
  }

  /** Makes sure that an access lies in its block. */
  private void require(PathState state, Memory.Place place, int bytes, boolean aligned) {
    Block block = place.block();
    Term offset = place.offset();
    if (!original && aligned) {
      requireAligned(block, offset, bytes);
    }
    Term from = terms.constant(block.from());
    Term to = terms.constant(block.to());
    if (block.kind() == Region.Kind.STACK) {
      from = terms.constant(Universe.frameEnd(state.depth));
    } else if (block.kind() == Region.Kind.PACKET) {
      String version = block.space().substring(Universe.PACKET.length());
      if (!version.equals(state.packet)) {
        throw new Refusal("expected a pointer into the present packet, found an older one");
      }
      from = terms.subtract(terms.constant(0), universe.metaLength(version));
      to = universe.packetLength(version);
    }
    Term inside =
        terms.both(
            terms.not(terms.lessSigned(offset, from)),
            terms.not(terms.lessSigned(to, terms.add(offset, terms.constant(bytes)))));
    Term decided = state.facts.decide(inside);
    if (decided == terms.yes) {
      return;
    }
    String what = bytes + " bytes at " + block.space() + " + " + offset;
    if (original) {
      if (decided == terms.no) {
        throw new Refusal("expected an original that stays inside memory, found " + what);
      }
      state.facts = state.facts.with(inside);
      return;
    }
    prove(state, inside, what);
  }

  private void prove(PathState state, Term inside, String what) {
    Term outside = terms.not(inside);
    switch (universe.questions.askAll(state.facts, outside)) {
      case UNSATISFIABLE -> {}
      case UNKNOWN -> throw new Refusal("access to " + what + ": " + universe.solver.reason());
      case SATISFIABLE ->
          throw new Unsafe(
              "access outside of memory: " + what,
              universe.input(Questions.all(state.facts, outside)));
    }
  }

  private void requireAligned(Block block, Term offset, int bytes) {
    boolean strict = block.kind() == Region.Kind.STACK || !universe.options.unaligned();
    if (strict && !terms.and(offset, terms.constant(bytes - 1)).isConstant(0)) {
      throw new Refusal(
          "expected an aligned access, found "
              + bytes
              + " bytes at "
              + block.space()
              + " + "
              + offset);
    }
  }
}
