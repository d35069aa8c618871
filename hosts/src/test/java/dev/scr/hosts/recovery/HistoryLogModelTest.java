package dev.scr.hosts.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.hosts.recovery.HistoryLogModel.Fault;
import dev.scr.hosts.recovery.HistoryLogModel.Result;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every order in which memory can show the log's words, on a machine weaker than any real one. */
class HistoryLogModelTest {
  @Test
  void noReadIsTornOrOfAnotherPosition() {
    Result result = new HistoryLogModel(Set.of()).explore();
    System.out.printf("%d states, %d successful reads%n", result.states(), result.reads());
    assertEquals(Optional.empty(), result.violation());
    assertTrue(result.reads() > 0);
  }

  @ParameterizedTest
  @EnumSource
  void plantedFaultIsFound(Fault fault) {
    Result result = new HistoryLogModel(Set.of(fault)).explore();
    System.out.printf(
        "%s: %s after %d states%n",
        fault, result.violation().isPresent() ? "wrong read" : "not found", result.states());
    assertTrue(result.violation().isPresent(), "nobody notices " + fault);
  }
}
