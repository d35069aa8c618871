package dev.scr.k2.analysis;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known before a line. States are handed on, not shared: whoever changes one has copied it
 * before.
 */
public final class State {
  final Terms terms;
  final @Nullable Term[] registers;

  /** Bounds that hold here beyond those of the term. */
  Map<Term, Bounds> facts;

  /** Bytes from a packet pointer on that are known to lie before the packet's end. */
  Map<Term, Long> inPacket;

  Map<Term, Memory> memories;
  Map<Region, Integer> versions;

  /** The version of regions that {@link #versions} does not name. */
  int version;

  State(Terms terms) {
    this.terms = terms;
    this.registers = new Term[Reg.COUNT];
    this.facts = Map.of();
    this.inPacket = Map.of();
    this.memories = Map.of();
    this.versions = Map.of();
  }

  State copy() {
    State copy = new State(terms);
    System.arraycopy(registers, 0, copy.registers, 0, registers.length);
    copy.facts = facts;
    copy.inPacket = inPacket;
    copy.memories = memories;
    copy.versions = versions;
    copy.version = version;
    return copy;
  }

  /** The value of a register; null if it has none that may be read. */
  public @Nullable Term register(Reg reg) {
    return registers[reg.number()];
  }

  /** The value of the register with a number; null if it has none that may be read. */
  public @Nullable Term registers(int number) {
    return registers[number];
  }

  /** The same state with another value in a register. */
  public State withRegister(Reg reg, @Nullable Term value) {
    State copy = copy();
    copy.registers[reg.number()] = value;
    return copy;
  }

  /** The same registers and facts with what another state knows of memory. */
  public State withMemoryOf(State other) {
    State copy = copy();
    copy.memories = other.memories;
    copy.versions = other.versions;
    copy.version = other.version;
    return copy;
  }

  /** Whether the byte at an address has been stored by the program, as far as it is known. */
  public boolean isStored(Term address) {
    Memory memory = memories.get(address.base());
    return memory != null && memory.at(address.offset()) != null;
  }

  /** The value of an operand, a constant sign-extended. */
  public @Nullable Term value(Operand operand) {
    return switch (operand) {
      case Reg reg -> register(reg);
      case Imm imm -> terms.constant(imm.value());
    };
  }

  /** The first register other than {@code except} that holds a value; null if none does. */
  public @Nullable Reg holding(Term term, Reg except) {
    for (int r = 0; r < Reg.COUNT; r++) {
      if (registers[r] == term && r != except.number()) {
        return Reg.of(r);
      }
    }
    return null;
  }

  /** The index of the map whose handle a register holds; −1 if that is not known. */
  int mapIn(Reg reg) {
    Term value = register(reg);
    return value != null && value.region() instanceof Region.MapHandle(int map) ? map : -1;
  }

  /** What numbers a term may be here. */
  public Bounds bounds(Term term) {
    Bounds bounds = term.bounds();
    Bounds fact = facts.get(term);
    if (fact != null) {
      bounds = bounds.meet(fact);
    }
    if (term.op() == Term.Op.ADD && !facts.isEmpty() && term.b().isConstant()) {
      Bounds base = facts.get(term.a());
      if (base != null) {
        bounds = bounds.meet(BoundsArithmetic.sum(base.meet(term.a().bounds()), term.b().bounds()));
      }
    }
    return bounds;
  }

  /** The constant that a term is here, if it is one. */
  public @Nullable Long constant(Term term) {
    if (term.isConstant()) {
      return term.value();
    }
    Bounds bounds = bounds(term);
    return bounds.isConstant() ? (Long) bounds.min() : null;
  }

  /** Bytes after a packet pointer's base that may be accessed. */
  public long bytesInPacket(Term base) {
    return inPacket.getOrDefault(base, 0L);
  }

  /** The bytes at an address as a number; null if nothing is known of this memory. */
  public @Nullable Term load(Term address, int bytes) {
    Region region = address.region();
    if (region == null) {
      return null;
    }
    Memory memory = memories.get(address.base());
    if (memory == null) {
      return terms.load(versionOf(region), address, bytes, null);
    }
    long offset = address.offset();
    Memory.StoredByte first = memory.at(offset);
    if (first != null && first.index() == 0 && isWhole(memory, offset, first.term(), bytes)) {
      return terms.zeroExtend(first.term(), 8 * bytes);
    }
    Term sum = terms.constant(0);
    for (int i = 0; i < bytes; i++) {
      Memory.StoredByte stored = memory.at(offset + i);
      Term one =
          stored == null
              ? terms.load(memory.version(), terms.add(address, terms.constant(i)), 1, null)
              : byteOf(stored.term(), stored.index());
      sum = terms.or(sum, terms.shiftLeft(one, terms.constant(8L * i)));
    }
    return sum;
  }

  private static boolean isWhole(Memory memory, long offset, Term term, int bytes) {
    for (int i = 0; i < bytes; i++) {
      Memory.StoredByte stored = memory.at(offset + i);
      if (stored == null || stored.term() != term || stored.index() != i) {
        return false;
      }
    }
    return true;
  }

  /** One byte of a value. */
  public Term byteOf(Term term, int index) {
    return terms.zeroExtend(terms.shiftRight(term, terms.constant(8L * index)), 8);
  }

  int versionOf(Region region) {
    return versions.getOrDefault(region, version);
  }

  void store(Term address, Term value, int bytes, boolean stackEscaped) {
    Region region = address.region();
    if (region == null || region instanceof Region.Unknown) {
      // A pointer that is one of several kinds may be one into the stack.
      forget(stackEscaped || region == null);
      return;
    }
    Term base = address.base();
    Memory memory = memories.getOrDefault(base, Memory.of(region, versionOf(region)));
    forget(region);
    memories = with(memories, base, memory.store(address.offset(), value, bytes));
  }

  /** Forgets what a region contains. */
  void forget(Region region) {
    Map<Term, Memory> kept = new HashMap<>(memories);
    kept.values().removeIf(memory -> Region.mayOverlap(memory.region(), region));
    memories = kept;
    versions = with(versions, region, terms.freshVersion());
    if (region instanceof Region.MapValue(int map) && map < 0) {
      versions.keySet().stream()
          .filter(other -> other instanceof Region.MapValue)
          .toList()
          .forEach(other -> versions = with(versions, other, terms.freshVersion()));
    } else if (region instanceof Region.MapValue) {
      versions = with(versions, new Region.MapValue(-1), terms.freshVersion());
    }
    versions = with(versions, new Region.Unknown(), terms.freshVersion());
  }

  /** Forgets what all memory contains, the stack only if asked to. */
  void forget(boolean stackToo) {
    Map<Term, Memory> kept = new HashMap<>(memories);
    kept.values().removeIf(memory -> stackToo || !(memory.region() instanceof Region.Stack));
    memories = kept;
    Integer stack = versions.get(new Region.Stack());
    int stackVersion = stack == null ? version : stack;
    version = terms.freshVersion();
    versions = stackToo ? Map.of() : Map.of(new Region.Stack(), stackVersion);
  }

  void learn(Term term, Bounds bounds) {
    if (!term.isConstant()) {
      facts = with(facts, term, bounds(term).meet(bounds));
    }
  }

  void learnInPacket(Term base, long bytes) {
    if (bytes > bytesInPacket(base)) {
      inPacket = with(inPacket, base, bytes);
    }
  }

  static <K, V> Map<K, V> with(Map<K, V> map, K key, V value) {
    Map<K, V> copy = new HashMap<>(map);
    copy.put(key, value);
    return copy;
  }
}
