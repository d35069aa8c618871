package dev.scr.k2.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * One step that spoils a program costs this step, and not what could be done besides. What is
 * planted is a judge that finds fault with whatever a rewrite did at one place.
 */
class RewriteStageTest {
  private static final OptimizerOptions OPTIONS = OptimizerOptions.of(Target.named("v4"));
  private static final MapSpec MAP = MapSpec.of("m", MapType.ARRAY, 4, 64, 1);

  /** Three pairs of stores to merge, and a line that nobody needs. */
  private static final String TEXT =
      """
      r3 = 7
      r1 = 0
      *(u32 *)(r10 - 4) = r1
      r1 = map[idx:0] ll
      r2 = r10
      r2 += -4
      call 1
      if r0 == 0 goto out
      *(u8 *)(r0 + 0) = 1
      *(u8 *)(r0 + 1) = 2
      *(u8 *)(r0 + 16) = 3
      *(u8 *)(r0 + 17) = 4
      *(u8 *)(r0 + 32) = 5
      *(u8 *)(r0 + 33) = 6
      out:
      r0 = 2
      exit
      """;

  private static ProgramSpec program() {
    return ProgramSpec.of("p", ProgramType.XDP, Assembler.assemble(TEXT), List.of(MAP));
  }

  private static String text(ProgramSpec program) {
    return program.code().instructions().stream()
        .map(Object::toString)
        .collect(Collectors.joining("\n"));
  }

  /** Lets through what has everything that it should, and counts its refusals. */
  private static final class Planted implements Judge {
    private final Predicate<String> right;
    private final List<String> refused = new ArrayList<>();

    Planted(Predicate<String> right) {
      this.right = right;
    }

    @Override
    public boolean loads(ProgramSpec candidate) {
      return true;
    }

    @Override
    public boolean proves(ProgramSpec candidate) {
      return passes(candidate);
    }

    @Override
    public boolean passes(ProgramSpec candidate) {
      boolean passes = right.test(text(candidate));
      if (!passes) {
        refused.add(text(candidate));
      }
      return passes;
    }
  }

  private static Stage.Step run(Stage stage, Judge judge) {
    return stage.run(program(), OPTIONS, judge, () -> false);
  }

  @Test
  void nothingIsLeftOutWhereNothingIsWrong() {
    Stage.Step step = run(RewriteStage.direct(), new Planted(_ -> true));
    assertEquals("", step.leftOut());
    assertFalse(text(step.program()).contains("u8"), () -> text(step.program()));
  }

  @Test
  void oneStepIsLeftOutAndTheOthersStay() {
    Planted judge = new Planted(text -> text.contains("*(u8 *)(r0 + 16) = 3"));
    Stage.Step step = run(RewriteStage.direct(), judge);
    String left = text(step.program());
    assertTrue(left.contains("*(u8 *)(r0 + 16) = 3"), left);
    assertTrue(left.contains("*(u16 *)(r0 + 0)"), left);
    assertTrue(left.contains("*(u16 *)(r0 + 32)"), left);
    assertFalse(left.contains("r3 = 7"), left);
    assertTrue(step.leftOut().contains("store-merging"), step.leftOut());
    assertFalse(judge.refused.isEmpty());
  }

  @Test
  void soItIsInAWalk() {
    Planted judge = new Planted(text -> text.contains("*(u8 *)(r0 + 16) = 3"));
    String left = text(run(RewriteStage.walking(50), judge).program());
    assertTrue(left.contains("*(u8 *)(r0 + 16) = 3"), left);
    assertTrue(left.contains("*(u16 *)(r0 + 0)"), left);
  }

  @Test
  void whatTidiesIsLeftOutByItsKind() {
    Planted judge = new Planted(text -> text.contains("r3 = 7"));
    Stage.Step step = run(RewriteStage.direct(), judge);
    String left = text(step.program());
    assertTrue(left.contains("r3 = 7"), left);
    assertFalse(left.contains("u8"), left);
    assertEquals("dead-code", step.leftOut());
  }

  @Test
  void whereNothingPassesNothingIsDone() {
    Stage.Step step = run(RewriteStage.direct(), new Planted(_ -> false));
    assertEquals(program(), step.program());
    assertEquals(0, step.applied().size());
  }
}
