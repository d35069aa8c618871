package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.Liveness;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import dev.scr.k2.search.DraftAccesses.Access;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds windows in a draft: runs of lines, and slices along dependencies whose other lines can be
 * moved out of the way. A call is never part of a window, but a window may reach across one. Valid
 * until the draft is changed. Owned by one thread.
 */
public final class WindowFinder {
  private final Draft draft;
  private final Analysis analysis;
  private final Liveness liveness;
  private final BitSet leaders;
  private final int[] readLater;
  private final DraftAccesses accesses;

  /** Finds windows in a draft of which the analyses are given. */
  public WindowFinder(Draft draft, Analysis analysis, Liveness liveness) {
    this.draft = draft;
    this.analysis = analysis;
    this.liveness = liveness;
    this.leaders = draft.leaders();
    this.readLater = Effects.readAfter(draft);
    this.accesses = new DraftAccesses(draft, analysis);
  }

  /** Runs of lines next to each other, the short ones first. */
  public List<WindowSite> runs(int shortest, int longest) {
    List<WindowSite> found = new ArrayList<>();
    for (int length = shortest; length <= longest; length++) {
      for (int from = 0; from + length <= draft.size(); from++) {
        BitSet members = new BitSet();
        members.set(from, from + length);
        if (inOneBlock(from, from + length)) {
          site(members).ifPresent(found::add);
        }
      }
    }
    return found;
  }

  /** The first run of at most so many lines that begins at a line or behind it. */
  public Optional<WindowSite> runFrom(int line, int longest) {
    for (int from = line; from < draft.size(); from++) {
      for (int length = Math.min(longest, draft.size() - from); length > 0; length--) {
        BitSet members = new BitSet();
        members.set(from, from + length);
        Optional<WindowSite> site = site(members);
        if (site.isPresent()) {
          return site;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Lines of a block that have to do with each other, around each line, of several sizes: one makes
   * what the other uses, or both access bytes near each other. Those that are runs are left out.
   */
  public List<WindowSite> slices(int smallest, int largest) {
    Set<BitSet> seen = new LinkedHashSet<>();
    for (int root = 0; root < draft.size(); root++) {
      if (member(root)) {
        grow(root, smallest, largest, seen, true);
        grow(root, smallest, largest, seen, false);
      }
    }
    List<WindowSite> found = new ArrayList<>();
    seen.forEach(slice -> site(slice).ifPresent(found::add));
    found.sort(Comparator.comparingInt((WindowSite s) -> s.window().code().size()));
    return found;
  }

  private void grow(int root, int smallest, int largest, Set<BitSet> seen, boolean onlyBack) {
    BitSet slice = new BitSet();
    slice.set(root);
    int start = blockStart(root);
    int end = onlyBack ? root : blockEnd(root);
    while (slice.cardinality() < largest) {
      int next = nearestRelative(slice, root, start, end);
      if (next < 0) {
        return;
      }
      slice.set(next);
      if (slice.cardinality() >= smallest && !isRun(slice)) {
        seen.add((BitSet) slice.clone());
      }
    }
  }

  /** The line nearest to the root that has to do with a line of the slice. */
  private int nearestRelative(BitSet slice, int root, int start, int end) {
    for (int distance = 1; distance <= Math.max(root - start, end - root); distance++) {
      int before = root - distance;
      if (before >= start && !slice.get(before) && member(before) && related(before, slice)) {
        return before;
      }
      int behind = root + distance;
      if (behind <= end && !slice.get(behind) && member(behind) && related(behind, slice)) {
        return behind;
      }
    }
    return -1;
  }

  private boolean related(int at, BitSet slice) {
    for (int m = slice.nextSetBit(0); m >= 0; m = slice.nextSetBit(m + 1)) {
      int first = Math.min(at, m);
      int second = Math.max(at, m);
      if (uses(first, second) || near(first, second)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the second line uses a register as the first one leaves it. */
  private boolean uses(int first, int second) {
    int common = Effects.of(draft, first).writes() & Effects.of(draft, second).reads();
    for (int at = first + 1; at < second && common != 0; at++) {
      common &= ~Effects.of(draft, at).writes();
    }
    return common != 0;
  }

  private boolean near(int first, int second) {
    Access a = accesses.of(first);
    Access b = accesses.of(second);
    return a != null && b != null && a.isNear(b);
  }

  private int blockEnd(int at) {
    int end = at;
    while (end + 1 < draft.size() && straight(draft.line(end + 1)) && !leaders.get(end + 1)) {
      end++;
    }
    return end;
  }

  /**
   * All moves between memory and registers of each block that can stand together, with what
   * prepares their values: copies, swaps, byte ladders; the large ones first.
   */
  public List<WindowSite> memoryMoves(int largest) {
    List<WindowSite> found = new ArrayList<>();
    Set<BitSet> seen = new LinkedHashSet<>();
    for (int from = 0; from < draft.size(); from++) {
      if (!member(from) || !ByteShuffle.isMove(draft.line(from).insn())) {
        continue;
      }
      BitSet members = new BitSet();
      for (int at = from; at < draft.size() && inOneBlock(from, at + 1); at++) {
        if (member(at) && ByteShuffle.isMove(draft.line(at).insn())) {
          members.set(at);
          boolean store = draft.line(at).insn() instanceof Store;
          if (store && members.cardinality() >= 3 && seen.add((BitSet) members.clone())) {
            Optional<WindowSite> site = site(members);
            site.ifPresent(found::add);
          }
        }
        if (members.cardinality() >= largest) {
          break;
        }
      }
    }
    found.sort(Comparator.comparingInt((WindowSite s) -> -s.window().code().size()));
    return found;
  }

  private static boolean isRun(BitSet members) {
    return members.length() - members.nextSetBit(0) == members.cardinality();
  }

  private boolean inOneBlock(int from, int to) {
    for (int at = from; at < to; at++) {
      if ((at > from && leaders.get(at)) || !straight(draft.line(at))) {
        return false;
      }
    }
    return true;
  }

  /** Whether control goes on with the next line and comes back from calls. */
  private static boolean straight(Line line) {
    return switch (line.insn()) {
      case Instruction.Jump _, Instruction.Branch _, Instruction.Exit _ -> false;
      case Instruction.LoadAbsolute _, Instruction.LoadIndirect _ -> false;
      // A tail call that succeeds does not come back.
      case CallHelper(int helper) -> helper != 12;
      default -> true;
    };
  }

  private int blockStart(int at) {
    int start = at;
    while (start > 0 && !leaders.get(start) && straight(draft.line(start - 1))) {
      start--;
    }
    return start;
  }

  /** Whether a line may be part of a window. */
  private boolean member(int at) {
    Instruction insn = draft.line(at).insn();
    State state = analysis.before(draft.line(at));
    if (state == null || !Step.possible(insn)) {
      return false;
    }
    if (insn instanceof Load load) {
      Term base = state.register(load.base());
      // The kernel turns some context fields into pointers.
      return base != null && !contextPointer(load, state, base) && base.region() != null;
    }
    return !(insn instanceof LoadWide wide) || wide.source() == WideSource.CONSTANT;
  }

  private boolean contextPointer(Load load, State state, Term base) {
    if (!(base.region() instanceof dev.scr.k2.analysis.Region.Context)) {
      return false;
    }
    Term loaded = analysis.loaded(load, state);
    return loaded == null || loaded.region() != null;
  }

  // ---- from lines to a window

  /** The window of the lines that a site of this draft, or of one before it, stands for. */
  Optional<WindowSite> again(WindowSite site) {
    BitSet members = new BitSet();
    members.set(site.from(), site.to());
    site.earlier().forEach(members::clear);
    site.later().forEach(members::clear);
    return site(members);
  }

  private Optional<WindowSite> site(BitSet members) {
    int from = members.nextSetBit(0);
    int to = members.length();
    if (!inOneBlock(from, to)) {
      return Optional.empty();
    }
    for (int at = from; at < to; at++) {
      if (analysis.before(draft.line(at)) == null || (members.get(at) && !member(at))) {
        return Optional.empty();
      }
    }
    List<Integer> earlier = new ArrayList<>();
    List<Integer> later = new ArrayList<>();
    for (int at = from; at < to; at++) {
      if (members.get(at)) {
        for (int other : later) {
          if (accesses.conflict(other, at)) {
            return Optional.empty();
          }
        }
        continue;
      }
      if (dependsOnAny(at, members, from) || dependsOnAny(at, later)) {
        later.add(at);
      } else {
        earlier.add(at);
      }
    }
    return new WindowFacts(
            draft,
            analysis,
            liveness,
            accesses,
            readLater,
            new WindowLines(members, earlier, later))
        .site();
  }

  private boolean dependsOnAny(int at, BitSet members, int from) {
    for (int m = members.nextSetBit(from); m >= 0 && m < at; m = members.nextSetBit(m + 1)) {
      if (accesses.conflict(m, at)) {
        return true;
      }
    }
    return false;
  }

  private boolean dependsOnAny(int at, List<Integer> others) {
    return others.stream().anyMatch(other -> accesses.conflict(other, at));
  }
}
