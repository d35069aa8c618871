package dev.scr.hosts.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.hosts.recovery.RecoveryModel.Fault;
import dev.scr.hosts.recovery.RecoveryModel.Result;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every state of the protocol's model, for small numbers of workers and frames. */
class RecoveryModelTest {
  @ParameterizedTest(name = "{0} workers, {1} frames, {2} crashes, {3} deaths, {4} stated ahead")
  @CsvSource({
    "1,5,0,0,2",
    "2,6,0,0,2",
    "2,6,1,1,1",
    "2,5,2,0,1",
    "3,6,0,0,0",
    "3,5,0,0,1",
    "3,5,1,0,0",
    "3,4,1,0,2",
    "3,5,0,1,1"
  })
  void allOrNoneAndNobodyWaitsForEver(int workers, int frames, int crashes, int deaths, int ahead) {
    Result result = new RecoveryModel(workers, frames, crashes, deaths, ahead, Set.of()).explore();
    System.out.printf(
        "%d workers, %d frames, %d crashes, %d deaths, %d stated ahead: %d states, %d ends%n",
        workers, frames, crashes, deaths, ahead, result.states(), result.ends());
    assertEquals(Optional.empty(), result.violation(), () -> String.join("\n", result.trace()));
    assertTrue(result.ends() > 0);
  }

  @ParameterizedTest
  @EnumSource
  void plantedFaultIsFound(Fault fault) {
    Result result = new RecoveryModel(3, 5, 1, 1, 1, Set.of(fault)).explore();
    System.out.printf(
        "%s: %s after %d states, in %d steps%n",
        fault, result.violation().orElse("not found"), result.states(), result.trace().size());
    assertTrue(result.violation().isPresent(), "nobody notices " + fault);
  }
}
