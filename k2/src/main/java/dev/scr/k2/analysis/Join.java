package dev.scr.k2.analysis;

import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.analysis.Memory.StoredByte;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The state where several paths meet: what all agree on, and new symbols for the rest. */
final class Join {
  private final Terms terms;
  private final int at;

  /** A symbol per combination of values, so that two places with the same values stay equal. */
  private final Map<List<Term>, Term> symbols = new HashMap<>();

  Join(Terms terms, int at) {
    this.terms = terms;
    this.at = at;
  }

  /** A name for a value that comes into being at a place. */
  static long site(int at, int what) {
    return ((long) at << 20) | (what & 0xfffff);
  }

  State of(List<State> states) {
    State joined = new State(terms);
    for (int r = 0; r < Reg.COUNT; r++) {
      joined.registers[r] = register(states, r);
    }
    joined.version = version(states.stream().map(s -> s.version).toList());
    joined.versions = versions(states);
    joined.memories = memories(states, joined);
    joined.facts = facts(states);
    joined.inPacket = inPacket(states);
    return joined;
  }

  private @Nullable Term register(List<State> states, int r) {
    List<Term> values = new ArrayList<>();
    for (State state : states) {
      Term value = state.registers[r];
      if (value != null) {
        values.add(value);
      }
    }
    if (values.isEmpty()) {
      return null;
    }
    return values.size() < states.size() ? onSomePaths(values, r) : merged(states, values);
  }

  /**
   * A register that may be read on some of the paths only. The program may still read it, where a
   * condition lets only these come by; what it then has is not known.
   */
  private Term onSomePaths(List<Term> values, int r) {
    Region region = values.getFirst().region();
    for (Term value : values) {
      region = common(region, value.region());
    }
    return terms.symbol(site(at, 0xc0000 + r), Bounds.ANY, region);
  }

  private Term merged(List<State> states, List<Term> values) {
    Term first = values.getFirst();
    if (values.stream().allMatch(v -> v == first)) {
      return first;
    }
    return symbols.computeIfAbsent(
        values,
        _ -> {
          Bounds bounds = states.getFirst().bounds(first);
          Region region = first.region();
          for (int i = 1; i < values.size(); i++) {
            bounds = bounds.join(states.get(i).bounds(values.get(i)));
            Region other = values.get(i).region();
            region = common(region, other);
          }
          return bounds.isConstant()
              ? terms.constant(bounds.min())
              : terms.symbol(site(at, 0x80000 + symbols.size()), bounds, region);
        });
  }

  private static @Nullable Region common(@Nullable Region a, @Nullable Region b) {
    if (a instanceof Region.MapValue && b instanceof Region.MapValue && !a.equals(b)) {
      return new Region.MapValue(-1);
    }
    return a != null && a.equals(b) ? a : null;
  }

  private int version(List<Integer> versions) {
    Integer first = versions.getFirst();
    return versions.stream().allMatch(v -> v.equals(first)) ? first : terms.freshVersion();
  }

  private Map<Region, Integer> versions(List<State> states) {
    Set<Region> regions = new HashSet<>();
    states.forEach(s -> regions.addAll(s.versions.keySet()));
    Map<Region, Integer> versions = new HashMap<>();
    for (Region region : regions) {
      versions.put(region, version(states.stream().map(s -> s.versionOf(region)).toList()));
    }
    return versions;
  }

  private Map<Term, Memory> memories(List<State> states, State joined) {
    Map<Term, Memory> memories = new HashMap<>();
    for (Term base : states.getFirst().memories.keySet()) {
      List<Memory> known = new ArrayList<>();
      for (State state : states) {
        Memory memory = state.memories.get(base);
        if (memory == null && base.region() != null) {
          memory = Memory.of(base.region(), state.versionOf(base.region()));
        }
        if (memory != null) {
          known.add(memory);
        }
      }
      if (known.size() == states.size()) {
        memories.put(base, memory(states, known));
      }
    }
    // A base that only some states know has its bytes from the joined version; where the versions
    // agreed although bytes were stored, that would be wrong.
    for (State state : states) {
      for (Map.Entry<Term, Memory> entry : state.memories.entrySet()) {
        if (!memories.containsKey(entry.getKey())) {
          Region region = entry.getValue().region();
          joined.versions = State.with(joined.versions, region, terms.freshVersion());
        }
      }
    }
    return memories;
  }

  private Memory memory(List<State> states, List<Memory> known) {
    int version = version(known.stream().map(Memory::version).toList());
    Map<Long, StoredByte> stored = new HashMap<>();
    Set<Long> offsets = new HashSet<>();
    known.forEach(memory -> offsets.addAll(memory.stored().keySet()));
    boolean sameVersion = known.stream().allMatch(memory -> memory.version() == version);
    boolean lost = false;
    for (long offset : offsets) {
      List<Term> values = new ArrayList<>();
      List<Integer> indices = new ArrayList<>();
      for (Memory memory : known) {
        StoredByte one = memory.at(offset);
        if (one != null) {
          values.add(one.term());
          indices.add(one.index());
        }
      }
      if (values.size() < known.size()) {
        lost = true;
      } else if (indices.stream().allMatch(i -> i.equals(indices.getFirst()))) {
        stored.put(offset, new StoredByte(merged(states, values), indices.getFirst()));
      } else {
        List<Term> bytes = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
          bytes.add(states.get(i).byteOf(values.get(i), indices.get(i)));
        }
        stored.put(offset, new StoredByte(merged(states, bytes), 0));
      }
    }
    // A byte that was stored on one path only is neither known nor as it was before.
    return new Memory(
        known.getFirst().region(), lost && sameVersion ? terms.freshVersion() : version, stored);
  }

  private static Map<Term, Bounds> facts(List<State> states) {
    Map<Term, Bounds> facts = new HashMap<>(states.getFirst().facts);
    for (State state : states.subList(1, states.size())) {
      facts.keySet().retainAll(state.facts.keySet());
      facts.replaceAll((term, bounds) -> bounds.join(state.bounds(term)));
    }
    return Map.copyOf(facts);
  }

  private static Map<Term, Long> inPacket(List<State> states) {
    Map<Term, Long> common = new HashMap<>(states.getFirst().inPacket);
    for (State state : states.subList(1, states.size())) {
      common.keySet().retainAll(state.inPacket.keySet());
      common.replaceAll((base, bytes) -> Math.min(bytes, state.bytesInPacket(base)));
    }
    return Map.copyOf(common);
  }
}
