package dev.scr.k2.proof;

import dev.scr.k2.proof.Comparison.Obligation;
import dev.scr.k2.proof.CutPoints.Pair;
import dev.scr.k2.proof.CutState.Side;
import dev.scr.k2.proof.CutState.Start;
import dev.scr.k2.proof.PathMemory.ContextAccess;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One proof by cut points, for one choice of them: from each state at a cut point, every path of
 * the first version to the next cut point or to an end, with every path of the second one that goes
 * with it. Where paths come back to a cut point, its states are made anew of all arrivals, until
 * they stay as they are. See {@code docs/equivalence.md} for why that suffices.
 */
final class StepProof {
  /** Pairs of paths in one region. */
  private static final int MOST_PATHS = 4_000;

  /** States in which two versions may be at one cut point. */
  private static final int MOST_KINDS = 32;

  /** Times that a cut point gets other states. */
  private static final int MOST_VISITS = 30;

  /** In place of a cut point, for what comes from the program's start. */
  private static final int START = -1;

  private final Universe universe;
  private final Terms terms;
  private final RegionMemory memory;
  private final ProgramShape first;
  private final ProgramShape second;
  private final Map<Integer, Integer> partners = new HashMap<>();
  private final BitSet cutsOfFirst = new BitSet();
  private final BitSet cutsOfSecond = new BitSet();

  /** Of each cut point, the arrivals by the cut point from which they come. */
  private final Map<Integer, Map<Integer, List<Arrival>>> arrived = new HashMap<>();

  /** Lines of cut points to which paths came, by their places. */
  private final TreeMap<Integer, Integer> open = new TreeMap<>();

  /** What was last explored from each cut point, and from the program's start. */
  private final Map<Integer, Explored> explored = new HashMap<>();

  private final Map<List<Object>, Widening> widenings = new HashMap<>();
  private final Map<Integer, Integer> visits = new HashMap<>();
  private List<Long> numbers = List.of();
  private final Counts counts;

  /** The states at a cut point, and what became of them. */
  private static final class Explored {
    final List<List<Object>> states = new ArrayList<>();
    final Set<ContextAccess> ofFirst = new HashSet<>();
    final Set<ContextAccess> ofSecond = new HashSet<>();
    @Nullable Failure failure;
  }

  /** What all attempts together took. */
  static final class Counts {
    int regions;
    int known;
    int paths;
    int byNormalForm;
    int bySolver;
  }

  /**
   * Why a choice of cut points does not do.
   *
   * @param start line of the first version where the region begins, −1 for the program's start
   * @param a line of the first version where its path ends, −1 if it does not end at a cut point
   * @param b line of the second version where its path ends, −1 if it does not
   */
  record Failure(String why, int start, int a, int b) {}

  /** Ends the proof. */
  private static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Failure failure;

    Failed(Failure failure) {
      super(null, null, false, false);
      this.failure = failure;
    }
  }

  StepProof(
      Universe universe,
      RegionMemory memory,
      ProgramShape first,
      ProgramShape second,
      List<Pair> cuts,
      Counts counts) {
    this.universe = universe;
    this.terms = universe.terms;
    this.memory = memory;
    this.first = first;
    this.second = second;
    this.counts = counts;
    for (Pair pair : cuts) {
      partners.put(pair.first(), pair.second());
      cutsOfFirst.set(pair.first());
      cutsOfSecond.set(pair.second());
    }
  }

  /** Null if the second version does the same as the first one, for every input. */
  @Nullable Failure run() {
    try {
      explore(START, 0, 0, List.of(beginning()));
      int last = -1;
      while (!open.isEmpty()) {
        Map.Entry<Integer, Integer> next = next(last);
        open.remove(next.getKey());
        last = next.getKey();
        visit(next.getValue());
      }
      checkFailures();
      checkContext();
      return null;
    } catch (Failed failed) {
      return failed.failure;
    }
  }

  /** Goes through a loop again and again, in order, until nothing in it is open. */
  private Map.Entry<Integer, Integer> next(int last) {
    Map.Entry<Integer, Integer> first = open.firstEntry();
    Map.Entry<Integer, Integer> behind = open.higherEntry(last);
    return behind != null && shareLoop(first.getValue(), behind.getValue()) ? behind : first;
  }

  private boolean shareLoop(int a, int b) {
    return first.part(a) == first.part(b);
  }

  /** Explores what a cut point leads to if its states are not those from which it was explored. */
  private void visit(int a) {
    List<Arrival> arrivals = new ArrayList<>();
    arrived.getOrDefault(a, Map.of()).values().forEach(arrivals::addAll);
    List<Start> starts = starts(a, arrivals);
    Explored before = explored.get(a);
    if (before != null && before.states.equals(starts.stream().map(Start::identity).toList())) {
      return;
    }
    if (visits.merge(a, 1, Integer::sum) > MOST_VISITS) {
      throw new Failed(new Failure("expected states that stay as they are", a, -1, -1));
    }
    explore(a, a, partner(a), starts);
  }

  /** From all states at a cut point; what came from there before does not count any more. */
  private void explore(int from, int a, int b, List<Start> starts) {
    arrived.forEach((cut, bySource) -> {
      if (bySource.remove(from) != null) {
        open.put(first.order(cut), cut);
      }
    });
    Explored now = new Explored();
    explored.put(from, now);
    for (Start start : starts) {
      now.states.add(start.identity());
      try {
        region(from, a, b, start, now);
      } catch (Failed failed) {
        // Perhaps only as long as a bound is looked for.
        if (widenings.values().stream().noneMatch(Widening::isOpen)) {
          throw failed;
        }
        now.failure = failed.failure;
      }
    }
  }

  private void checkFailures() {
    for (Explored region : explored.values()) {
      if (region.failure != null) {
        throw new Failed(region.failure);
      }
    }
  }

  private int partner(int a) {
    Integer b = partners.get(a);
    if (b == null) {
      throw new IllegalStateException("expected a cut point at line " + a);
    }
    return b;
  }

  private Start beginning() {
    PathState a = start();
    PathState b = start();
    return new Start(a, b, List.of(), List.of(), List.of("start"));
  }

  private PathState start() {
    return new PathExplorer(universe, first.spec(), CutState.ORIGINAL, true)
        .start(Facts.none(terms));
  }

  /** The states at a cut point: one for each combination of kinds of values. */
  private List<Start> starts(int a, List<Arrival> arrivals) {
    Side mine = new Side(first, a);
    Side theirs = new Side(second, partner(a));
    Map<List<Object>, List<Arrival>> groups = ArrivalGroups.of(universe, arrivals, mine, theirs);
    if (groups.size() > MOST_KINDS) {
      throw new Failed(new Failure("expected at most " + MOST_KINDS + " states", a, -1, -1));
    }
    List<Start> starts = new ArrayList<>();
    for (Map.Entry<List<Object>, List<Arrival>> group : groups.entrySet()) {
      try {
        starts.add(
            CutState.of(universe, group.getValue(), mine, theirs, bounding(a, group.getKey())));
      } catch (Refusal e) {
        throw new Failed(new Failure(e.why(), a, -1, -1));
      }
    }
    return starts;
  }

  /** Where paths come back, bounds may grow from visit to visit. */
  private Bounding bounding(int a, List<Object> kinds) {
    boolean comesBack =
        arrived.getOrDefault(a, Map.of()).keySet().stream()
            .anyMatch(from -> from >= 0 && first.order(from) >= first.order(a));
    if (!comesBack) {
      return Bounding.SEEN;
    }
    if (numbers.isEmpty()) {
      numbers = Widening.numbers(first, second);
    }
    return widenings.computeIfAbsent(
        List.of(a, kinds),
        _ ->
            new Widening(
                universe, numbers, Widening.around(first.limits(a), second.limits(partner(a)))));
  }

  /** Proves one region, or finds that it has been proved before. */
  private void region(int from, int a, int b, Start start, Explored into) {
    counts.regions++;
    RegionText mine = RegionText.of(first, a, start.firstReturns(), cutsOfFirst);
    RegionText theirs = RegionText.of(second, b, start.secondReturns(), cutsOfSecond);
    RegionMemory.Key key =
        new RegionMemory.Key(mine.text(), theirs.text(), meetings(mine, theirs), start.content());
    RegionMemory.Result result = memory.find(key);
    if (result == null) {
      universe.checkTime();
      result = explore(from, a, b, start, mine, theirs);
      memory.keep(key, result);
    } else {
      counts.known++;
    }
    into.ofFirst.addAll(result.ofFirst());
    into.ofSecond.addAll(result.ofSecond());
    for (RegionMemory.End end : result.ends()) {
      arrive(from, mine.line(end.cut()), end.arrival().renamed(mine::line, theirs::line));
    }
  }

  /** Which ends of the one text are to be met by which of the other. */
  private List<Integer> meetings(RegionText mine, RegionText theirs) {
    return mine.ends().stream().map(end -> theirs.ends().indexOf(partner(end))).toList();
  }

  private void arrive(int from, int a, Arrival arrival) {
    arrived
        .computeIfAbsent(a, _ -> new TreeMap<>())
        .computeIfAbsent(from, _ -> new ArrayList<>())
        .add(arrival);
    open.put(first.order(a), a);
  }

  private RegionMemory.Result explore(
      int from, int a, int b, Start start, RegionText firstText, RegionText secondText) {
    PathExplorer mine =
        PathExplorer.inRegion(universe, first.spec(), CutState.ORIGINAL, true, cutsOfFirst);
    PathExplorer theirs =
        PathExplorer.inRegion(universe, second.spec(), CutState.CANDIDATE, false, cutsOfSecond);
    List<RegionMemory.End> ends = new ArrayList<>();
    int[] paths = new int[1];
    try {
      mine.explore(
          start.first().at(a, start.first().facts),
          expected ->
              theirs.explore(
                  start.second().at(b, expected.state().facts),
                  found -> {
                    if (++paths[0] > MOST_PATHS) {
                      throw new Refusal("expected at most " + MOST_PATHS + " pairs of paths");
                    }
                    if (holds(from, theirs.helpers(), expected, found)
                        && expected.outcome().equals(PathExplorer.STOPPED)) {
                      Arrival arrival = Arrival.of(expected.state(), found.state());
                      ends.add(
                          new RegionMemory.End(
                              firstText.name(expected.state().at),
                              arrival.renamed(firstText::name, secondText::name)));
                    }
                  }));
    } catch (Refusal e) {
      throw new Failed(new Failure(e.why(), from, -1, -1));
    } catch (Unsafe e) {
      throw new Failed(new Failure(String.valueOf(e.getMessage()), from, -1, -1));
    }
    return new RegionMemory.Result(
        ends, mine.memory().contextAccesses(), theirs.memory().contextAccesses());
  }

  /**
   * Whether a pair of ends can be reached by one input; then it must be equal, or the proof ends.
   */
  private boolean holds(
      int from, HelperCalls calls, PathExplorer.End expected, PathExplorer.End found) {
    counts.paths++;
    universe.checkTime();
    boolean stopped = expected.outcome().equals(PathExplorer.STOPPED);
    int a = stopped ? expected.state().at : -1;
    int b = found.outcome().equals(PathExplorer.STOPPED) ? found.state().at : -1;
    List<Obligation> obligations = new ArrayList<>();
    if (stopped && partner(a) != b) {
      obligations.add(new Obligation("the same cut point", terms.no));
    }
    obligations.addAll(Comparison.of(universe, calls, expected, found));
    Facts facts = found.state().facts;
    List<Term> conditions = new ArrayList<>();
    for (Obligation obligation : obligations) {
      conditions.add(facts.decide(obligation.condition()));
    }
    Term goal = facts.decide(terms.all(conditions));
    if (goal == terms.yes) {
      counts.byNormalForm++;
      return true;
    }
    Term difference = terms.not(goal);
    boolean proved =
        universe.questions.ask(facts, difference) == Solver.Answer.UNSATISFIABLE
            || universe.solver.check(Questions.all(facts, difference))
                == Solver.Answer.UNSATISFIABLE;
    if (!proved) {
      throw new Failed(new Failure(failing(obligations, facts), from, a, b));
    }
    counts.bySolver++;
    return goal != terms.no;
  }

  private static String failing(List<Obligation> obligations, Facts facts) {
    for (Obligation obligation : obligations) {
      if (facts.decide(obligation.condition()).op != Term.Op.TRUE) {
        return obligation.what();
      }
    }
    return "something";
  }

  /** The second version may access what the first one does, and what the kernel lists. */
  private void checkContext() {
    Set<ContextAccess> ofFirst = new HashSet<>();
    Set<ContextAccess> ofSecond = new HashSet<>();
    for (Explored region : explored.values()) {
      ofFirst.addAll(region.ofFirst);
      ofSecond.addAll(region.ofSecond);
    }
    PathMemory check = new PathMemory(universe, CutState.CANDIDATE, false);
    try {
      check.checkContext(ofSecond, ofFirst);
    } catch (Refusal e) {
      throw new Failed(new Failure(e.why(), -1, -1, -1));
    }
  }
}
