package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.k2.analysis.Term;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Plans how to move bytes with the fewest instructions. The search goes backwards in time: the last
 * store must be right in all its bytes, an earlier one only in those that no later one overwrites,
 * so that an 8-byte store may serve for 6 bytes. A value that is stored is loaded where its bytes
 * lie, or is another one shifted.
 */
final class ByteMoves {
  private static final List<MemSize> SIZES = List.of(MemSize.DW, MemSize.W, MemSize.H, MemSize.B);
  private static final int MAX_STORES = 9;
  private static final int MAX_VISITS = 20_000;

  /** Where a byte comes from. */
  sealed interface Source {}

  /** A byte of memory. */
  record InMemory(Term base, long offset) implements Source {}

  /** A constant. */
  record Constant(byte value) implements Source {}

  /** What the target allows. */
  interface Rules {
    boolean mayLoad(Term base, long offset, MemSize size);

    boolean mayStore(long offset, MemSize size);
  }

  /** One instruction of a plan. */
  sealed interface Step {}

  /** Loads the next value; values are numbered in the order of their fetches. */
  record Fetch(MemSize size, Term base, long offset) implements Step {}

  /** Shifts a value to the right. */
  record Shift(int value, int bytes) implements Step {}

  /** Stores a value. */
  record Put(MemSize size, long offset, int value) implements Step {}

  /** Stores a constant. */
  record PutConstant(MemSize size, long offset, int imm) implements Step {}

  /** Instructions in order. */
  record Plan(List<Step> steps) {
    Plan {
      steps = List.copyOf(steps);
    }

    int slots() {
      return steps.size();
    }
  }

  /** A store, and the memory that its value shows from its first byte on; null for a constant. */
  private record Placed(MemSize size, long offset, @Nullable InMemory window, int imm) {}

  private final TreeMap<Long, Source> bytes;
  private final Rules rules;
  private final List<Placed> placed = new ArrayList<>();
  private Optional<Plan> best = Optional.empty();
  private final int limit;
  private int visits;

  private ByteMoves(Map<Long, Source> bytes, Rules rules, int limit) {
    this.limit = limit;
    this.bytes = new TreeMap<>(bytes);
    this.rules = rules;
  }

  /** The shortest plan that was found with fewer instructions than a limit. */
  static Optional<Plan> plan(Map<Long, Source> bytes, Rules rules, int limit) {
    ByteMoves search = new ByteMoves(bytes, rules, limit);
    search.cover(new HashSet<>());
    return search.best;
  }

  private void cover(Set<Long> covered) {
    if (++visits > MAX_VISITS) {
      return;
    }
    Optional<Long> open = bytes.keySet().stream().filter(b -> !covered.contains(b)).findFirst();
    if (open.isEmpty()) {
      schedule();
      return;
    }
    int bound = best.map(Plan::slots).orElse(limit);
    if (placed.size() >= MAX_STORES || placed.size() + distinctWindows() + 1 >= bound) {
      return;
    }
    // Each store covers the lowest or the highest open byte; others come in another order.
    long low = open.get();
    long high =
        bytes.descendingKeySet().stream().filter(b -> !covered.contains(b)).findFirst().get();
    for (MemSize size : SIZES) {
      Set<Long> starts = new HashSet<>();
      for (long start = low - size.bytes() + 1; start <= low; start++) {
        starts.add(start);
      }
      for (long start = high - size.bytes() + 1; start <= high; start++) {
        starts.add(start);
      }
      for (long start : starts.stream().sorted().toList()) {
        tryStore(covered, start, size);
      }
    }
  }

  private void tryStore(Set<Long> covered, long start, MemSize size) {
    if (!rules.mayStore(start, size)) {
      return;
    }
    InMemory window = null;
    boolean constant = true;
    long value = 0;
    for (int i = 0; i < size.bytes(); i++) {
      Source source = bytes.get(start + i);
      if (covered.contains(start + i)) {
        continue;
      }
      switch (source) {
        case null -> {
          return;
        }
        case Constant(byte one) -> {
          if (window != null) {
            return;
          }
          value |= (one & 0xffL) << (8 * i);
        }
        case InMemory(Term base, long offset) -> {
          InMemory here = new InMemory(base, offset - i);
          if ((window != null && !window.equals(here)) || value != 0) {
            return;
          }
          window = here;
          constant = false;
        }
      }
    }
    if (window != null && hasConstant(covered, start, size)) {
      return;
    }
    if (constant && size == MemSize.DW && value != (int) value) {
      return;
    }
    Set<Long> after = new HashSet<>(covered);
    for (int i = 0; i < size.bytes(); i++) {
      after.add(start + i);
    }
    placed.add(new Placed(size, start, window, (int) value));
    cover(after);
    placed.removeLast();
  }

  private boolean hasConstant(Set<Long> covered, long start, MemSize size) {
    for (int i = 0; i < size.bytes(); i++) {
      if (!covered.contains(start + i) && bytes.get(start + i) instanceof Constant) {
        return true;
      }
    }
    return false;
  }

  private int distinctWindows() {
    return (int) placed.stream().map(Placed::window).filter(w -> w != null).distinct().count();
  }

  /** Chooses loads and shifts for the stores, which were found last first. */
  private void schedule() {
    List<Placed> order = placed.reversed();
    List<Step> fetches = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    Map<Integer, Integer> shifted = new TreeMap<>();
    List<InMemory> values = new ArrayList<>();
    List<MemSize> sizes = new ArrayList<>();
    for (InMemory window :
        order.stream().map(Placed::window).filter(w -> w != null).distinct().toList()) {
      MemSize wanted = longest(order, window);
      if (loadable(window, wanted)) {
        values.add(window);
        sizes.add(narrowest(window, wanted));
        fetches.add(new Fetch(sizes.getLast(), window.base(), window.offset()));
      }
    }
    for (Placed store : order) {
      InMemory window = store.window();
      if (window == null) {
        steps.add(new PutConstant(store.size(), store.offset(), store.imm()));
        continue;
      }
      int value = values.indexOf(window);
      if (value < 0) {
        value = parent(values, sizes, fetches, window, longest(order, window), shifted);
        if (value < 0) {
          return;
        }
        int by = (int) (window.offset() - values.get(value).offset());
        int already = shifted.getOrDefault(value, 0);
        if (by > already) {
          steps.add(new Shift(value, by - already));
          shifted.put(value, by);
        }
      } else if (shifted.getOrDefault(value, 0) != 0) {
        return;
      }
      steps.add(new Put(store.size(), store.offset(), value));
    }
    List<Step> all = new ArrayList<>(fetches);
    all.addAll(steps);
    if (all.size() < best.map(Plan::slots).orElse(limit)) {
      best = Optional.of(new Plan(all));
    }
  }

  private static MemSize longest(List<Placed> stores, InMemory window) {
    MemSize longest = MemSize.B;
    for (Placed store : stores) {
      if (window.equals(store.window()) && store.size().bytes() > longest.bytes()) {
        longest = store.size();
      }
    }
    return longest;
  }

  private boolean loadable(InMemory window, MemSize atLeast) {
    return SIZES.stream()
        .anyMatch(size ->
            size.bytes() >= atLeast.bytes() && rules.mayLoad(window.base(), window.offset(), size));
  }

  private MemSize narrowest(InMemory window, MemSize atLeast) {
    return SIZES.reversed().stream()
        .filter(size ->
            size.bytes() >= atLeast.bytes() && rules.mayLoad(window.base(), window.offset(), size))
        .findFirst()
        .orElse(atLeast);
  }

  /**
   * A value that shows the window when it is shifted: one that is loaded anyway, else one that is
   * loaded for it. Bytes of the window that no byte of the value has are those that a later store
   * overwrites.
   */
  private int parent(
      List<InMemory> values,
      List<MemSize> sizes,
      List<Step> fetches,
      InMemory window,
      MemSize wanted,
      Map<Integer, Integer> shifted) {
    int needed = properBytes(window, wanted);
    for (int v = 0; v < values.size(); v++) {
      long by = window.offset() - values.get(v).offset();
      if (values.get(v).base().equals(window.base())
          && by > 0
          && shifted.getOrDefault(v, 0) <= by
          && by < 8) {
        MemSize wider = widened(values.get(v), by + needed, sizes.get(v));
        if (wider != null) {
          sizes.set(v, wider);
          fetches.set(v, new Fetch(wider, values.get(v).base(), values.get(v).offset()));
          return v;
        }
      }
    }
    for (int by = 1; by < 8; by++) {
      InMemory earlier = new InMemory(window.base(), window.offset() - by);
      MemSize size = widened(earlier, by + (long) needed, MemSize.B);
      if (size != null) {
        values.add(earlier);
        sizes.add(size);
        fetches.add(new Fetch(size, earlier.base(), earlier.offset()));
        return values.size() - 1;
      }
    }
    return -1;
  }

  private @Nullable MemSize widened(InMemory window, long bytes, MemSize atLeast) {
    for (MemSize size : SIZES.reversed()) {
      if (size.bytes() >= bytes
          && size.bytes() >= atLeast.bytes()
          && rules.mayLoad(window.base(), window.offset(), size)) {
        return size;
      }
    }
    return null;
  }

  /** How many bytes of the window some store really needs. */
  private int properBytes(InMemory window, MemSize wanted) {
    int proper = 1;
    for (Placed store : placed) {
      if (window.equals(store.window())) {
        for (int i = 0; i < wanted.bytes() && i < store.size().bytes(); i++) {
          Source source = bytes.get(store.offset() + i);
          if (source instanceof InMemory(Term base, long offset)
              && base.equals(window.base())
              && offset == window.offset() + i) {
            proper = Math.max(proper, i + 1);
          }
        }
      }
    }
    return proper;
  }
}
