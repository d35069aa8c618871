package dev.scr.k2.optimize;

import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramSpec.FunctionStart;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.FunctionBody;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.proof.ProofStatistics;
import dev.scr.k2.validate.KernelGate;
import dev.scr.k2.validate.KernelVerdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Functions that several programs of an object call. An object holds each once, so all programs get
 * the same version of it: a cheaper one is looked for first, window by window, which does not
 * depend on who calls it, since nothing is assumed of a sub-program's arguments. If every program
 * passes its gates with the new version, it is given to all, else to none; after that nobody
 * changes it.
 */
final class SharedFunctions {
  /** Nothing is shared. */
  static final SharedFunctions NONE = new SharedFunctions(Map.of());

  /** Whoever is told of candidates hears of them again when their programs' turns come. */
  private static final Gates.Passed NOBODY =
      new Gates.Passed() {
        @Override
        public void proved(ProgramSpec candidate) {}

        @Override
        public void takes(long nanos) {}

        @Override
        public void take(ProgramSpec candidate, Gates.Outcome outcome, ProofStatistics proof) {}

        @Override
        public void caught(String difference) {}
      };

  private final Map<String, FunctionBody> bodies;

  private SharedFunctions(Map<String, FunctionBody> bodies) {
    this.bodies = bodies;
  }

  /** A program with the shared functions as they are to be. */
  ProgramSpec in(ProgramSpec program) {
    if (program.functions().stream().map(FunctionStart::name).noneMatch(bodies::containsKey)) {
      return program;
    }
    Draft draft = Draft.of(program);
    draft.replaceFunctions(bodies);
    return draft.program();
  }

  /**
   * Decides what the functions that programs of a file share are to be.
   *
   * @param chosen programs that may be changed
   */
  static SharedFunctions of(
      ProgramFile file,
      List<ProgramSpec> chosen,
      OptimizerOptions options,
      Progress progress,
      BooleanSupplier stop) {
    SharedFunctions original = asTheyAre(file.programs());
    if (original.bodies.isEmpty() || stop.getAsBoolean()) {
      return original;
    }
    List<ProgramSpec> users = original.users(file.programs());
    if (!chosen.containsAll(users)) {
      return original;
    }
    try {
      SharedFunctions better = cheaper(file, users, original, options, progress, stop);
      boolean all =
          !better.bodies.equals(original.bodies)
              && users.stream()
                  .allMatch(user -> !stop.getAsBoolean() && passes(file, user, better, options));
      return all ? better : original;
    } catch (BpfException | UnsupportedOperationException _) {
      // What cannot be analysed stays; the stages of each program that uses it report why.
      return original;
    }
  }

  private static SharedFunctions asTheyAre(List<ProgramSpec> programs) {
    Map<String, FunctionBody> seen = new HashMap<>();
    Map<String, FunctionBody> shared = new LinkedHashMap<>();
    for (ProgramSpec program : programs) {
      for (Map.Entry<String, FunctionBody> function : Draft.of(program).functions().entrySet()) {
        if (seen.putIfAbsent(function.getKey(), function.getValue()) != null) {
          shared.put(function.getKey(), function.getValue());
        }
      }
    }
    return new SharedFunctions(shared);
  }

  private List<ProgramSpec> users(List<ProgramSpec> programs) {
    return programs.stream()
        .filter(p -> p.functions().stream().map(FunctionStart::name).anyMatch(bodies::containsKey))
        .toList();
  }

  /** The functions after a search in the windows of the smallest programs that have them all. */
  private static SharedFunctions cheaper(
      ProgramFile file,
      List<ProgramSpec> users,
      SharedFunctions original,
      OptimizerOptions options,
      Progress progress,
      BooleanSupplier stop) {
    Map<String, FunctionBody> found = new LinkedHashMap<>(original.bodies);
    Set<String> open = new LinkedHashSet<>(original.bodies.keySet());
    List<ProgramSpec> bySize = new ArrayList<>(users);
    bySize.sort(Comparator.comparingInt(user -> user.code().slots()));
    for (ProgramSpec user : bySize) {
      Set<String> theirs = new HashSet<>();
      user.functions().forEach(function -> theirs.add(function.name()));
      theirs.retainAll(open);
      if (theirs.isEmpty() || stop.getAsBoolean()) {
        continue;
      }
      open.removeAll(theirs);
      progress.report(user, "shared functions", user.code().slots());
      Map<String, FunctionBody> bodies = searched(file, user, options, stop);
      theirs.forEach(name ->
          found.merge(
              name,
              bodies.getOrDefault(name, found.get(name)),
              (a, b) -> b.slots() < a.slots() ? b : a));
    }
    return new SharedFunctions(found);
  }

  private static Map<String, FunctionBody> searched(
      ProgramFile file, ProgramSpec user, OptimizerOptions options, BooleanSupplier stop) {
    try (KernelGate kernel =
        options.acceptance().kernel() ? KernelGate.open(file) : KernelGate.closed("not wanted")) {
      boolean asked = kernel.judge(user).accepted();
      Judge judge =
          new Judge() {
            @Override
            public boolean loads(ProgramSpec candidate) {
              return !asked || kernel.judge(candidate).accepted();
            }

            @Override
            public boolean proves(ProgramSpec candidate) {
              return true;
            }

            @Override
            public boolean passes(ProgramSpec candidate) {
              return true; // every user of the functions sends them through its gates
            }
          };
      Stage.Step step = SearchStage.quickSynthesis().run(user, options, judge, stop);
      return Draft.of(step.program()).functions();
    }
  }

  private static boolean passes(
      ProgramFile file, ProgramSpec user, SharedFunctions functions, OptimizerOptions options) {
    try (KernelGate kernel =
        options.acceptance().kernel() ? KernelGate.open(file) : KernelGate.closed("not wanted")) {
      KernelVerdict before = kernel.judge(user);
      if (before.refused() && !options.acceptance().force()) {
        return false;
      }
      try (Gates gates = new Gates(file, user, before, kernel, options, NOBODY, () -> false)) {
        ProgramSpec candidate = functions.in(user);
        return gates.full(candidate).refusal().isEmpty() && gates.isPassed(gates.prove(candidate));
      }
    }
  }
}
