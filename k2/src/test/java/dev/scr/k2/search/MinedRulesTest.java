package dev.scr.k2.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.proof.Postcondition;
import dev.scr.k2.proof.Precondition;
import dev.scr.k2.proof.WindowVerdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The mined rules hold, and are found again. */
class MinedRulesTest {
  private static final Path RESOURCE =
      Path.of("src/main/resources/dev/scr/k2/search/mined-rules.txt");

  private static boolean holds(MinedRule rule) {
    try (WindowProver.Session session = Reference.PROVER.open(rule.window())) {
      return session.check(rule.replacement()) instanceof WindowVerdict.Equivalent;
    }
  }

  @Test
  void everyRuleIsProvedAgain() {
    List<MinedRule> rules = MinedRules.standard().rules();
    assertTrue(rules.size() > 1000, "only " + rules.size());
    for (MinedRule rule : rules) {
      assertTrue(holds(rule), () -> rule.text());
      assertTrue(rule.replacement().size() < rule.original().size(), () -> rule.text());
    }
  }

  /** Planted faults: without its condition, or with another constant, a rule does not hold. */
  @Test
  void brokenRulesAreNoticed() {
    int broken = 0;
    for (MinedRule rule : MinedRules.standard().rules()) {
      if (rule.bits0() < 64) {
        MinedRule without = new MinedRule(rule.original(), rule.replacement(), 64, rule.bits1());
        broken += holds(without) ? 0 : 1;
      }
    }
    assertTrue(broken > 100, "only " + broken + " rules need their condition");
    assertFalse(holds(MinedRule.parse("r0 <<= 32; r0 >>= 31 => w0 = w0")));
  }

  @Test
  void textIsReadAsItIsWritten() {
    for (MinedRule rule : MinedRules.standard().rules()) {
      assertEquals(rule, MinedRule.parse(rule.text()));
    }
    assertThrows(IllegalArgumentException.class, () -> MinedRule.parse("r0 = 1"));
  }

  @Test
  void aRuleIsAppliedToOtherRegisters() {
    Reg r7 = Reg.of(7);
    Window window =
        new Window(
            Assembler.assemble("r7 <<= 32\nr7 >>= 32"),
            Precondition.scalars(),
            Postcondition.live(r7));
    assertEquals(Optional.of(Assembler.assemble("w7 = w7")), MinedRules.standard().apply(window));
  }

  @Test
  void aConditionMustBeKnown() {
    Reg r3 = Reg.of(3);
    MinedRules rules =
        new MinedRules(List.of(MinedRule.parse("r0 &= 255 => nothing if r0 has 8 bits")));
    List<Instruction> code = Assembler.assemble("r3 &= 255");
    Window unknown = new Window(code, Precondition.scalars(), Postcondition.live(r3));
    Window known =
        new Window(
            code, Precondition.scalars().with(r3, MinedRule.fact(8)), Postcondition.live(r3));
    assertEquals(Optional.empty(), rules.apply(unknown));
    assertEquals(Optional.of(List.of()), rules.apply(known));
  }

  /** {@code -Dbless=true} writes the resource. */
  @Test
  void miningFindsTheResource() throws IOException {
    Assumptions.assumeTrue(
        Boolean.getBoolean("bless"), "mines for a minute only with -Dbless=true");
    List<String> lines = new ArrayList<>();
    Files.readAllLines(RESOURCE).stream().filter(l -> l.startsWith("#")).forEach(lines::add);
    Miner.standard(Reference.PROVER, () -> false).forEach(rule -> lines.add(rule.text()));
    Files.write(RESOURCE, lines);
  }

  /** Mining a few operations gives the rules of the resource about them. */
  @Test
  void aSmallMineGivesTheSameRules() {
    List<MinedRule> rules =
        new Miner(
                2,
                List.of(dev.scr.ebpf.isa.AluOp.LSH, dev.scr.ebpf.isa.AluOp.RSH),
                List.of(8, 32),
                List.of(List.of(64, 64)),
                Reference.PROVER)
            .mine(() -> false);
    assertTrue(rules.size() > 5, () -> "found " + rules);
    rules.forEach(rule -> assertTrue(holds(rule), () -> rule.text()));
  }
}
