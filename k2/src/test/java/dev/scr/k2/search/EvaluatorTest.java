package dev.scr.k2.search;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Instruction;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The fast evaluator gives the bytes of the plain one. */
class EvaluatorTest {
  private static final long SEED = Long.getLong("seed", 20260101);
  private static final int PROGRAMS = 1000;

  @Test
  void randomCodeGivesTheSame() {
    System.out.println("machine: " + PROGRAMS + " programs, -Dseed=" + SEED);
    int compared = 0;
    for (int i = 0; i < PROGRAMS; i++) {
      SplittableRandom random = new SplittableRandom(SEED + i);
      Golden golden = Golden.all().get(random.nextInt(Golden.all().size()));
      Layout layout = Layout.of(golden.window()).orElseThrow();
      Moves moves =
          new Moves(layout, TargetFeatures.V4, StochasticSettings.TABLE_8.getFirst(), random);
      Instruction[] code = golden.window().code().toArray(new Instruction[0]);
      for (int change = 0; change < 6; change++) {
        moves.propose(code);
      }
      compared += compare(layout, Arrays.stream(code).filter(Objects::nonNull).toList(), SEED + i);
    }
    assertTrue(compared > PROGRAMS / 10, "hardly any program stayed in its regions: " + compared);
  }

  private static int compare(Layout layout, List<Instruction> code, long seed) {
    Machine machine = new Machine(layout);
    Step[] steps = TestCases.steps(layout, code);
    TestCases tests = TestCases.of(layout, 8, seed);
    int compared = 0;
    for (int t = 0; t < tests.size(); t++) {
      TestCase input = tests.input(t);
      if (!machine.run(steps, steps.length, input)) {
        continue;
      }
      compared = 1;
      Reference expected = Reference.run(layout, code, input);
      String where = "-Dseed=" + seed + " " + code + " for " + input;
      assertArrayEquals(expected.registers, machine.r, () -> where);
      for (int i = 0; i < layout.regionCount(); i++) {
        for (int at = 0; at < layout.size(i); at++) {
          Byte wanted = expected.memory.get(input.bases[i] + layout.low(i) + at);
          assertEquals(wanted, machine.memory[i][at], () -> where);
        }
      }
    }
    return compared;
  }
}
