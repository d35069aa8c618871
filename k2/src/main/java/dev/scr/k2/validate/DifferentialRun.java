package dev.scr.k2.validate;

import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.input.ProgramFile;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.machine.Cpus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs two programs side by side on the same random inputs, in the interpreter and in the kernel,
 * and compares after each input what they returned and made of the frame, and what their maps hold:
 * after each input where that is quick, else after a batch, of which the first differing input is
 * then looked for. Deterministic for a seed. Owned by one thread.
 */
public final class DifferentialRun {
  private static final int ROUND = 256;
  private static final int WATCHED = 48;
  private static final int WATCHES = 3;

  /** Helpers whose answers are others each time in the kernel: times and random numbers. */
  private static final Set<Integer> MOODY = Set.of(5, 7, 118, 125, 160, 208);

  private final ProgramSpec original;
  private final ProgramSpec other;
  private final DifferentialOptions options;
  private final Samples samples;

  /** The program's maps, and inner ones. */
  private final List<MapSpec> maps;

  private DifferentialRun(
      ProgramSpec original, ProgramSpec other, List<MapSpec> maps, DifferentialOptions options) {
    this.maps = maps;
    this.original = original;
    this.other = other;
    this.options = options;
    this.samples = new Samples(original, options.seed());
  }

  /**
   * Runs programs of a file.
   *
   * @param file that the programs belong to, for what the kernel wants to know
   */
  public static DifferentialReport run(
      ProgramFile file, ProgramSpec original, ProgramSpec other, DifferentialOptions options) {
    List<DifferentialReport.Place> places = new ArrayList<>();
    List<Subject.Place> candidates = new ArrayList<>(List.of(MachineSubject.place()));
    if (options.kernel()) {
      candidates.add(KernelSubject.place(file));
    }
    List<MapSpec> maps = InnerMaps.added(file, original, options.kernel());
    for (Subject.Place place : candidates) {
      Optional<String> why = cannotRun(place, original, maps);
      if (why.isPresent()) {
        places.add(new DifferentialReport.Place(place.name(), 0, 0, why.get()));
        continue;
      }
      Tally tally = new DifferentialRun(original, other, maps, options).at(place);
      places.add(
          new DifferentialReport.Place(place.name(), tally.inputs, tally.skipped, tally.reason));
      if (tally.difference != null) {
        return new DifferentialReport(options.seed(), places, Optional.of(tally.difference));
      }
    }
    return new DifferentialReport(options.seed(), places, Optional.empty());
  }

  private static Optional<String> cannotRun(
      Subject.Place place, ProgramSpec program, List<MapSpec> all) {
    boolean packets = program.type() == ProgramType.XDP || program.type().seesSocketBuffer();
    if (place.name().equals("kernel") && !packets) {
      return Optional.of("it makes no test runs of " + program.type() + " programs");
    }
    List<MapSpec> maps = place.limited(all);
    try (Subject subject = place.open(program, maps, MapEntries.NONE)) {
      if (packets) {
        subject.run(new Sample(new byte[64]));
      }
      return Optional.empty();
    } catch (BpfException | SystemCallException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** What has been counted at a place. */
  private static final class Tally {
    int inputs;
    int skipped;
    String reason = "";
    @Nullable Difference difference;
  }

  private Tally at(Subject.Place place) {
    Tally tally = new Tally();
    Fillings fillings = new Fillings(original, maps, options.seed());
    try (Cpus.Pin _ = Cpus.pin(Cpus.usable().getFirst())) {
      // Inputs that are skipped count half, so that a program that few inputs suit comes to an end.
      while (tally.difference == null
          && tally.inputs + tally.skipped / 2 < options.inputs()
          && !options.cancelled().getAsBoolean()) {
        List<Sample> inputs = samples.next(Math.min(ROUND, options.inputs() - tally.inputs));
        MapEntries filling = fillings.next(lookedUp(inputs), inputs);
        round(place, filling, inputs, tally);
      }
    } catch (BpfException | SystemCallException e) {
      tally.reason = String.valueOf(e.getMessage());
      if (tally.inputs > 0 || isFaultOf(e)) {
        tally.difference = new Difference(place.name(), tally.reason, MapEntries.NONE, List.of());
      }
    }
    return tally;
  }

  /** Whether the other program does not even load; the original did. */
  private static boolean isFaultOf(RuntimeException failure) {
    return failure instanceof BpfException;
  }

  /** Keys that the original looks up, with more entries there each time. */
  private Map<String, Set<Sample>> lookedUp(List<Sample> inputs) {
    Map<String, Set<Sample>> keys = new HashMap<>();
    List<MapSpec> limited = Capacities.limited(maps, Capacities.HERE);
    Fillings fillings = new Fillings(original, maps, options.seed());
    try {
      for (int i = 0; i < WATCHES; i++) {
        MapEntries filling = i == 0 ? MapEntries.NONE : fillings.next(keys, inputs);
        try (MachineSubject watched =
            MachineSubject.watched(
                original,
                limited,
                filling,
                (map, key) ->
                    keys.computeIfAbsent(map.name(), _ -> new LinkedHashSet<>())
                        .add(new Sample(key)))) {
          inputs.stream().limit(WATCHED).forEach(watched::run);
        }
      }
    } catch (BpfException _) {
      // It does not run here: keys are guessed.
    }
    return keys;
  }

  private void round(Subject.Place place, MapEntries filling, List<Sample> inputs, Tally tally) {
    int from = 0;
    while (from < inputs.size() && tally.difference == null) {
      from = stretch(place, filling, inputs.subList(from, inputs.size()), tally) + from;
    }
  }

  /** Runs inputs until the original is stopped by one; returns how many are done with. */
  private int stretch(Subject.Place place, MapEntries filling, List<Sample> inputs, Tally tally) {
    List<MapSpec> limited = place.limited(maps);
    boolean quick = place.comparesQuickly(limited);
    boolean moody = place.name().equals("kernel") && isMoody();
    List<Sample> ran = new ArrayList<>();
    try (Subject a = place.open(original, limited, filling);
        Subject b = place.open(other, limited, filling);
        Subject again = moody ? place.open(original, limited, filling) : a) {
      for (int i = 0; i < inputs.size(); i++) {
        Sample input = inputs.get(i);
        if (options.cancelled().getAsBoolean()) {
          return inputs.size();
        }
        if (!a.takes(input)) {
          tally.skipped++;
          continue;
        }
        Outcome wanted = a.run(input);
        if (wanted.trap().isPresent()) {
          tally.skipped++;
          conclude(place, filling, ran, a, b, again, tally);
          return i + 1;
        }
        ran.add(input);
        Outcome found = b.run(input);
        boolean steady = !moody || wanted.difference(again.run(input)).isEmpty();
        Optional<String> difference = steady ? wanted.difference(found) : Optional.empty();
        if (difference.isEmpty() && quick && isSteady(a, again)) {
          difference = a.stateDifference(b);
        }
        if (difference.isPresent()) {
          tally.difference = shortened(place, filling, ran, difference.get());
          return inputs.size();
        }
        tally.inputs++;
      }
      conclude(place, filling, ran, a, b, again, tally);
    }
    return inputs.size();
  }

  private static boolean isSteady(Subject subject, Subject again) {
    return subject == again || subject.stateDifference(again).isEmpty();
  }

  private boolean isMoody() {
    return original.code().instructions().stream()
        .anyMatch(insn -> insn instanceof CallHelper(int helper) && MOODY.contains(helper));
  }

  private void conclude(
      Subject.Place place,
      MapEntries filling,
      List<Sample> ran,
      Subject a,
      Subject b,
      Subject again,
      Tally tally) {
    if (!isSteady(a, again)) {
      return;
    }
    Optional<String> difference = a.stateDifference(b);
    if (difference.isPresent()) {
      tally.difference = shortened(place, filling, ran, difference.get());
    }
  }

  /** The fewest inputs that still show a difference: the last alone, or the shortest beginning. */
  private Difference shortened(
      Subject.Place place, MapEntries filling, List<Sample> ran, String what) {
    List<Sample> inputs = new ArrayList<>(ran);
    String shown = what;
    int low = 1;
    int high = ran.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (differs(place, filling, ran.subList(0, middle)).isPresent()) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    Optional<String> beginning = differs(place, filling, ran.subList(0, low));
    if (beginning.isPresent()) {
      inputs = ran.subList(0, low);
      shown = beginning.get();
    }
    Optional<String> alone = differs(place, filling, List.of(inputs.getLast()));
    return alone.isPresent()
        ? new Difference(place.name(), alone.get(), filling, List.of(inputs.getLast()))
        : new Difference(place.name(), shown, filling, inputs);
  }

  private Optional<String> differs(Subject.Place place, MapEntries filling, List<Sample> inputs) {
    return differs(place, original, other, maps, filling, inputs);
  }

  private static Optional<String> differs(
      Subject.Place place,
      ProgramSpec original,
      ProgramSpec other,
      List<MapSpec> all,
      MapEntries filling,
      List<Sample> inputs) {
    List<MapSpec> maps = place.limited(all);
    try (Subject a = place.open(original, maps, filling);
        Subject b = place.open(other, maps, filling)) {
      for (Sample input : inputs) {
        Outcome wanted = a.run(input);
        if (wanted.trap().isPresent()) {
          return Optional.empty();
        }
        Optional<String> difference = wanted.difference(b.run(input));
        if (difference.isPresent()) {
          return difference;
        }
      }
      return a.stateDifference(b);
    }
  }

  /**
   * Whether the interpreter finds a difference on given inputs: how a counterexample from elsewhere
   * is confirmed.
   *
   * @return what differs
   */
  public static Optional<String> confirm(
      ProgramSpec original, ProgramSpec other, MapEntries filling, List<Sample> inputs) {
    return differs(
        MachineSubject.place(), original, other, InnerMaps.added(original), filling, inputs);
  }
}
