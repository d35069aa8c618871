package dev.scr.hosts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.linux.machine.Cpus;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CoreSharesTest {
  /** Two workers, each alone at first. */
  private static CoreShares twoCores() {
    CoreShares shares = new CoreShares(2);
    shares.saw(new double[] {2, 0});
    shares.saw(new double[] {0, 2.2});
    return shares;
  }

  @Test
  void companyFromOutsideIsADisturbance() {
    CoreShares shares = twoCores();
    shares.saw(new double[] {2, 2.2});
    assertFalse(shares.disturbed(new double[] {2.1, 2.3}));
    assertTrue(shares.disturbed(new double[] {2.1, 3}));
    assertTrue(shares.disturbed(new double[] {2.5, 0}), "one alone, too");
    assertFalse(shares.disturbed(new double[] {0, 2.3}));
  }

  @Test
  void whatWorkersAlwaysDoToEachOtherIsAShareAndNoDisturbance() {
    CoreShares shares = twoCores();
    double[] threadsOfOneCore = {3.4, 3.5};
    shares.saw(threadsOfOneCore);
    assertFalse(shares.disturbed(threadsOfOneCore));
    assertEquals((2 / 3.4 + 2.2 / 3.5) / 2, shares.share(threadsOfOneCore), 1e-9);
    assertEquals(1, shares.share(new double[] {0, 2.2}), 1e-9);
    assertTrue(shares.disturbed(new double[] {3.4, 4.5}));
  }

  @Test
  void aBetterTimeMakesEarlierOnesDisturbed() {
    CoreShares shares = twoCores();
    double[] early = {3, 3};
    shares.saw(early);
    assertFalse(shares.disturbed(early));
    shares.saw(new double[] {2, 2.2});
    assertTrue(shares.disturbed(early));
  }

  @Test
  void threadsOfACoreComeAfterAllCores() {
    // 0 and 2 share a core, 1 and 3 another, 4 has one of its own.
    PhysicalCores found =
        PhysicalCores.of(List.of(10, 11, 12, 13, 14), (a, b) -> b - a == 2 && b < 4);
    assertEquals(new PhysicalCores(List.of(10, 11, 14, 12, 13), 3), found);
    assertEquals(
        new PhysicalCores(List.of(5, 7), 2), PhysicalCores.of(List.of(5, 7), (_, _) -> false));
    assertEquals(
        new PhysicalCores(List.of(5, 7, 9), 1), PhysicalCores.of(List.of(5, 7, 9), (_, _) -> true));
  }

  @Test
  void everyProcessorIsUsedOnce() throws InterruptedException {
    List<Integer> usable = Cpus.usable();
    PhysicalCores found = PhysicalCores.find(usable);
    assertEquals(usable.size(), found.cpus().size());
    assertEquals(Set.copyOf(usable), new HashSet<>(found.cpus()));
    assertTrue(found.cores() >= 1 && found.cores() <= usable.size(), found.toString());
  }
}
