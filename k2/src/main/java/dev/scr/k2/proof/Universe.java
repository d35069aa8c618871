package dev.scr.k2.proof;

import dev.scr.ebpf.machine.ContextLayout;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What both programs of a proof live in: terms, maps, context, packet. Names are the same for both,
 * so that what is the same outside is the same term.
 */
final class Universe {
  /** The context's memory, in the layout that programs see. */
  static final String CONTEXT = "ctx";

  /** Start of the names of packets. */
  static final String PACKET = "packet";

  /**
   * Stands for all maps that are values of other maps: what they are is known only where the
   * program is loaded.
   */
  static final int INNER = -1;

  private static final String INNER_HANDLE = Addresses.PREFIX + "inner:";

  /** Values of inner maps are taken to be smaller than this; the verifier knows their size. */
  private static final int INNER_VALUE_BYTES = 1 << 20;

  private static final int FRAME_BYTES = 512;

  /** Packets of counterexamples stay below this if they can. */
  private static final int SMALL_PACKET = 256;

  final Terms terms = new Terms();
  final Solver solver;
  final Questions questions;
  final CheckerOptions options;
  final ProgramType type;
  final List<MapSpec> maps;
  private long begin = System.nanoTime();
  final Term stack = terms.address("stack");
  final Term context = terms.address(CONTEXT);

  private final Map<Term, Block> blocks = new HashMap<>();
  private final Map<Term, Integer> mapHandles = new HashMap<>();

  Universe(ProgramType type, List<MapSpec> maps, CheckerOptions options, ProofSink sink) {
    this.type = type;
    this.maps = maps;
    this.options = options;
    this.solver = new Solver(terms, options, sink);
    this.questions = new Questions(solver);
    blocks.put(
        context, new Block(context, CONTEXT, Region.Kind.CONTEXT, false, 0, Integer.MAX_VALUE));
  }

  /** The context's structure; none for types whose context is plain memory. */
  static ContextLayout layout(ProgramType type) {
    return switch (type) {
      case XDP -> ContextLayout.XDP;
      case SOCKET_FILTER, TC, TC_ACTION, CGROUP_SKB, LWT_IN, LWT_OUT, LWT_XMIT, SK_SKB ->
          ContextLayout.SK_BUFF;
      default -> ContextLayout.MEMORY;
    };
  }

  /** A proof begins: it has the whole time that the options allow. */
  void restartClock() {
    begin = System.nanoTime();
  }

  /** Ends a proof that has taken too long, or that nobody waits for: its thread is interrupted. */
  void checkTime() {
    if (Thread.currentThread().isInterrupted()) {
      throw new Refusal("interrupted");
    }
    if (System.nanoTime() - begin > options.timeLimit().toNanos()) {
      throw new Refusal("expected a proof within " + options.timeLimit());
    }
  }

  /** The block whose address a term is; null if it is none. */
  @Nullable Block block(Term base) {
    return blocks.get(base);
  }

  /** The stack of one of the programs. */
  Block stackOf(String program) {
    return new Block(stack, "stack:" + program, Region.Kind.STACK, false, -8L * FRAME_BYTES, 0);
  }

  /** The frame pointer of a function at a depth of calls. */
  Term framePointer(int depth) {
    return terms.add(stack, terms.constant((long) -FRAME_BYTES * depth));
  }

  /** Lowest offset of the stack at a depth of calls. */
  static long frameEnd(int depth) {
    return (long) -FRAME_BYTES * (depth + 1);
  }

  /** The address of the packet's first byte. */
  Term packet(String version) {
    Term base = terms.address(PACKET + version);
    blocks.computeIfAbsent(
        base,
        _ ->
            new Block(
                base,
                PACKET + version,
                Region.Kind.PACKET,
                false,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE));
    return base;
  }

  /** Bytes from the packet's first byte to {@code data_end}. */
  Term packetLength(String version) {
    return terms.slices.widen(terms.symbol("length" + version, 32), 64);
  }

  /** Bytes from {@code data_meta} to the packet's first byte. */
  Term metaLength(String version) {
    return terms.slices.widen(terms.symbol("meta" + version, 8), 64);
  }

  /** The input that a satisfiable question was answered with, or a similar one that can be run. */
  Evaluation input(List<Term> question) {
    Evaluation input = solver.model();
    List<Term> runnable = new ArrayList<>(question);
    runnable.addAll(runnable());
    return solver.check(runnable) == Solver.Answer.SATISFIABLE ? solver.model() : input;
  }

  /**
   * What holds for inputs that can be run here: short packets without metadata, a context with
   * nothing but the packet's place and the receiving interface.
   */
  private List<Term> runnable() {
    List<Term> wishes = new ArrayList<>();
    wishes.add(terms.lessUnsigned(packetLength(""), terms.constant(SMALL_PACKET)));
    wishes.add(terms.equal(metaLength(""), terms.constant(0)));
    boolean skb = layout(type) == ContextLayout.SK_BUFF;
    for (Term term : terms.applications("mem:" + CONTEXT + "#")) {
      long offset = term.arg(0).isConstant() ? term.arg(0).value : 0;
      boolean length = skb && offset < 4;
      if (length) {
        Term part = terms.slices.extract(packetLength(""), 8 * (int) offset, 8);
        wishes.add(terms.equal(term, part));
      } else if (offset >= 4 && !isSettable(skb, offset)) {
        wishes.add(terms.equal(term, terms.number(0, 8)));
      }
    }
    // Addresses differ from run to run, so no map has a key that was made of one.
    for (Term term : terms.applications("found:")) {
      if (term.arguments().stream().anyMatch(Addresses::dependsOn)) {
        wishes.add(terms.equal(term, terms.number(0, 1)));
      }
    }
    return wishes;
  }

  /** {@code ingress_ifindex} and {@code rx_queue_index}; {@code protocol} and {@code ifindex}. */
  private static boolean isSettable(boolean skb, long offset) {
    return skb
        ? (offset >= 16 && offset < 20) || (offset >= 40 && offset < 44)
        : offset >= 12 && offset < 20;
  }

  /** What stands in a register for a map. */
  Term mapHandle(int map) {
    Term handle = terms.address("map:" + map);
    mapHandles.put(handle, map);
    return handle;
  }

  /** The map of a handle. */
  int map(Term handle) {
    Integer map = mapHandles.get(handle);
    if (map == null && handle.name.startsWith(INNER_HANDLE)) {
      return INNER;
    }
    if (map == null) {
      throw new Refusal("expected a map, found " + handle);
    }
    return map;
  }

  MapSpec spec(int map) {
    if (map < 0 || map >= maps.size()) {
      throw new Refusal("expected a map below " + maps.size() + ", found " + map);
    }
    return maps.get(map);
  }

  static String mapSpace(int map) {
    return "map" + map;
  }

  /** Whether the elements of a map always exist, at addresses that never change. */
  static boolean isArray(MapSpec spec) {
    return spec.type() == MapType.ARRAY || spec.type() == MapType.PERCPU_ARRAY;
  }

  /**
   * Whether a key has a value.
   *
   * <p>Arrays: the kernel's {@code array_map_lookup_elem} and {@code percpu_array_map_lookup_elem}
   * return an address exactly for indices below {@code max_entries}.
   */
  Term found(int map, String epoch, List<Term> key) {
    MapSpec spec = spec(map);
    if (isArray(spec)) {
      return terms.lessUnsigned(key.get(0), terms.number(spec.maxEntries(), 32));
    }
    Term found = terms.apply("found:" + map + epoch, 1, key.toArray(Term[]::new));
    return terms.equal(found, terms.number(1, 1));
  }

  /**
   * The address of the value of a key. In hash maps and arrays other keys have other values; in a
   * trie of prefixes two keys may share one.
   */
  Term value(int map, String epoch, List<Term> key) {
    MapSpec spec = spec(map);
    String name =
        switch (spec.type()) {
          case ARRAY, PERCPU_ARRAY -> "value:" + map;
          case HASH, PERCPU_HASH, LRU_HASH, LRU_PERCPU_HASH -> "value:" + map + epoch;
          case ARRAY_OF_MAPS, HASH_OF_MAPS -> "inner:" + map + epoch;
          case LPM_TRIE, DEVMAP, DEVMAP_HASH, CPUMAP, XSKMAP -> "shared:" + map + epoch;
          default -> throw new Refusal("expected a map with values, found " + spec.type());
        };
    Term base = terms.apply(Addresses.PREFIX + name, 64, key.toArray(Term[]::new));
    blocks.computeIfAbsent(
        base,
        _ -> new Block(base, mapSpace(map), Region.Kind.MAP_VALUE, true, 0, spec.valueSize()));
    return base;
  }

  /** The value that a lookup in an inner map finds; any two may be the same. */
  Term innerValue(String name) {
    Term base = terms.address("value of inner map" + name);
    blocks.computeIfAbsent(
        base,
        _ -> new Block(base, mapSpace(INNER), Region.Kind.MAP_VALUE, true, 0, INNER_VALUE_BYTES));
    return base;
  }

  /** Some value of a map; any two may be the same. */
  Term someValue(int map, String name) {
    Term base = terms.address("value in " + name + " of map " + map);
    long bytes = map == INNER ? INNER_VALUE_BYTES : spec(map).valueSize();
    blocks.computeIfAbsent(
        base, _ -> new Block(base, mapSpace(map), Region.Kind.MAP_VALUE, true, 0, bytes));
    return base;
  }

  /** Some map that is the value of another one. */
  Term someInnerMap(String name) {
    return terms.symbol(INNER_HANDLE + " in " + name, 64);
  }

  /** The map that a term is the handle of, if it is one. */
  @Nullable Integer handled(Term handle) {
    Integer map = mapHandles.get(handle);
    return map == null && handle.name.startsWith(INNER_HANDLE) ? (Integer) INNER : map;
  }

  /** A record that a helper handed out. */
  Term reserve(String name, long size) {
    Term base = terms.address(name);
    blocks.computeIfAbsent(base, _ -> new Block(base, name, Region.Kind.OTHER, false, 0, size));
    return base;
  }
}
