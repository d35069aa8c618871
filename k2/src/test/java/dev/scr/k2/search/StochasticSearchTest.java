package dev.scr.k2.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Instruction;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** K2's own method. */
class StochasticSearchTest {
  private static final long SEED = Long.getLong("seed", 20260101);

  private static StochasticSearch search(long iterations) {
    return new StochasticSearch(
        TargetFeatures.V1, Cost.SIZE, StochasticSettings.TABLE_8, 4, iterations, 1, 1, SEED);
  }

  /** Those of the published rewrites that are no larger than K2's windows. */
  static List<Golden> small() {
    return Golden.all().stream().filter(g -> g.window().code().size() <= 5).toList();
  }

  @ParameterizedTest
  @MethodSource("small")
  void publishedRewritesAreFound(Golden golden) {
    for (int i = 0; i < 4 * StochasticSettings.TABLE_8.size(); i++) {
      StochasticSettings settings =
          StochasticSettings.TABLE_8.get(i % StochasticSettings.TABLE_8.size());
      Optional<List<Instruction>> code =
          search(30_000)
              .search(golden.window(), Reference.PROVER, settings, SEED + i, () -> false)
              .replacement();
      if (code.isPresent() && Cost.SIZE.of(code.get()) <= golden.slots()) {
        assertEquals(
            Optional.empty(), Reference.difference(golden.window(), code.get(), 500, SEED));
        return;
      }
    }
    throw new AssertionError(golden + " was not found; -Dseed=" + SEED);
  }

  @Test
  void theSameSeedFindsTheSame() {
    Golden golden = Golden.all().getFirst();
    for (StochasticSettings settings : StochasticSettings.TABLE_8) {
      assertEquals(
          search(3000).search(golden.window(), Reference.PROVER, settings, 5, () -> false),
          search(3000).search(golden.window(), Reference.PROVER, settings, 5, () -> false));
    }
  }

  /** Whatever the variants of the error do, only what is proved comes out. */
  @Test
  void theCounterexampleOfAWrongCandidateIsKept() {
    Golden needle = Golden.needle();
    int counterexamples = 0;
    for (StochasticSettings row : StochasticSettings.TABLE_8) {
      for (StochasticSettings.Counted counted : StochasticSettings.Counted.values()) {
        Synthesis found =
            search(20_000)
                .search(
                    needle.window(), Reference.PROVER, row.counting(counted), SEED, () -> false);
        counterexamples += found.counterexamples();
        found
            .replacement()
            .ifPresent(code -> assertTrue(Cost.SIZE.of(code) > 1, () -> "found " + code));
      }
    }
    assertTrue(counterexamples > 0, "no candidate was refuted");
  }

  @Test
  void stopIsHonoured() {
    Synthesis found =
        search(Long.MAX_VALUE)
            .search(
                Golden.needle().window(),
                Reference.PROVER,
                StochasticSettings.TABLE_8.getFirst(),
                SEED,
                () -> true);
    assertTrue(found.steps() <= 256);
  }
}
