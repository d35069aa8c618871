package dev.scr.k2.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.FunctionBody;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.optimize.OptimizerOptions.Acceptance;
import dev.scr.k2.optimize.OptimizerOptions.Budget;
import dev.scr.k2.optimize.OptimizerOptions.Folders;
import dev.scr.k2.optimize.OptimizerOptions.Goal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that share a function get the same version of it, or keep the one they had. */
class SharedFunctionsTest {
  private static final Path OBJECTS = Path.of(System.getProperty("scr.root", ".."));
  private static final Path COUNTER = OBJECTS.resolve("ebpf/src/test/resources/bpf/counter.o");

  private static final OptimizerOptions OPTIONS =
      new OptimizerOptions(
          new Goal(Objective.SIZE, Strategy.REWRITE, Target.named("v3")),
          new Budget(Duration.ofMinutes(5), /* steps= */ 0, /* seed= */ 1, 1, 1),
          new Acceptance(/* inputs= */ 100, true, false, ProofDemand.WINDOWS, 0),
          Folders.NONE);

  private static Map<String, FunctionBody> functions(ProgramSpec program) {
    return Draft.of(program).functions();
  }

  @Test
  void aFunctionCanBeTakenOutAndPutBack() throws IOException {
    for (ProgramSpec program : ProgramFile.read(COUNTER).programs()) {
      Draft draft = Draft.of(program);
      draft.replaceFunctions(functions(program));
      assertEquals(program, draft.program());
    }
  }

  @Test
  void anObjectIsWrittenWhoseProgramsShareAFunction(@TempDir Path folder) throws IOException {
    ProgramFile file =
        ProgramFile.read(
            OBJECTS.resolve("hosts/src/main/resources/dev/scr/hosts/program/ddos.bpf.o"));
    List<ProgramSpec> users =
        file.programs().stream()
            .filter(p -> List.of("control", "apply_extracted").contains(p.name()))
            .toList();
    // Not all users may change: the function that they share with the others must not.
    List<ProgramResult> some =
        Optimizer.optimize(file, users, OPTIONS, (_, _, _) -> {}, () -> false);
    for (ProgramResult result : some) {
      assertTrue(result.changed(), result::reason);
      assertEquals(
          functions(result.original()).get("obey"), functions(result.result()).get("obey"));
    }
    Path out = folder.resolve("ddos.o");
    file.write(out, Optimizer.changed(some));
    for (ProgramSpec program : ProgramFile.read(out).programs()) {
      ProgramSpec before = file.program(program.name()).orElseThrow();
      assertEquals(functions(before).get("obey"), functions(program).get("obey"), program.name());
    }
    assertTrue(Files.size(out) > 0);
  }

  /** Two functions that end alike: a jump from one into the other would save an instruction. */
  @Test
  void noFunctionJumpsIntoAnother() throws IOException {
    ProgramFile file =
        ProgramFile.read(
            OBJECTS.resolve("hosts/src/main/resources/dev/scr/hosts/program/ddos.bpf.o"));
    ProgramSpec control = file.program("control").orElseThrow();
    ProgramResult result =
        Optimizer.optimize(file, List.of(control), OPTIONS, (_, _, _) -> {}, () -> false)
            .getFirst();
    assertTrue(Draft.of(result.result()).jumpsStayInFunctions());
    Draft wrong = Draft.of(control);
    int other = control.functions().get(1).index();
    wrong.lines().stream()
        .filter(line -> line.isJump() && line.index() < other)
        .findFirst()
        .orElseThrow()
        .retarget(wrong.line(other + 1));
    assertFalse(wrong.jumpsStayInFunctions());
  }
}
