package dev.scr.hosts.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.hosts.recovery.HistoryLogModel.Fault;
import dev.scr.hosts.recovery.HistoryLogModel.Result;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every order in which memory can show the log's words, on a machine weaker than any real one. */
class HistoryLogModelTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void noReadIsTornOrOfAnotherPosition(int batch) {
    Result result = new HistoryLogModel(batch, Set.of()).explore();
    System.out.printf(
        "%d at once: %d states, %d successful reads%n", batch, result.states(), result.reads());
    assertEquals(Optional.empty(), result.violation());
    assertTrue(result.reads() > 0);
  }

  @ParameterizedTest
  @EnumSource
  void plantedFaultIsFound(Fault fault) {
    for (int batch = 1; batch <= 2; batch++) {
      Result result = new HistoryLogModel(batch, Set.of(fault)).explore();
      System.out.printf(
          "%s, %d at once: %s after %d states%n",
          fault,
          batch,
          result.violation().isPresent() ? "wrong read" : "not found",
          result.states());
      assertTrue(result.violation().isPresent(), "nobody notices " + fault);
    }
  }
}
