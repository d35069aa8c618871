package dev.scr.k2.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CheckerBenchmarkTest {
  @Test
  void everyCheckIsAnsweredBySomething() {
    CheckerBenchmark.Result result = CheckerBenchmark.run(20, 4, 1);
    int answered =
        result.byNormalForm()
            + result.byInputs()
            + result.bySolver()
            + result.refused()
            + result.unknown();
    assertEquals(result.checks(), answered);
    assertTrue(result.byNormalForm() > 0 && result.byInputs() > 0, result.toString());
    assertEquals(20 * 40, result.checks() + result.byCache());
    assertTrue(result.byCache() > 0, result.toString());
    assertTrue(result.medianNanos() <= result.p99Nanos(), result.toString());
  }
}
