package dev.scr.linux.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.SystemCallException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class MachineTest {
  @Test
  void pinningHoldsUntilClosed() {
    List<Integer> usable = Cpus.usable();
    assertFalse(usable.isEmpty());
    for (int cpu : usable) {
      try (Cpus.Pin pin = Cpus.pin(cpu)) {
        assertEquals(cpu, pin.cpu());
        assertEquals(cpu, Cpus.current());
        assertEquals(List.of(cpu), Cpus.usable());
      }
      assertEquals(usable, Cpus.usable());
    }
  }

  @Test
  void possibleProcessorsAreReadFromAList() {
    assertEquals(1, Cpus.count("0\n"));
    assertEquals(4, Cpus.count("0-3\n"));
    assertEquals(9, Cpus.count("0-3,8"));
    assertTrue(Cpus.possible() >= Cpus.usable().size());
  }

  @Test
  void pinningToAMissingProcessorNamesTheUsableOnes() {
    var refused = assertThrows(SystemCallException.class, () -> Cpus.pin(4000));
    assertEquals(Errno.EINVAL, refused.errno());
    assertTrue(refused.toString().contains("to cpu 4000: EINVAL"), refused::toString);
    assertTrue(refused.toString().contains("usable are {"), refused::toString);
    assertThrows(IllegalArgumentException.class, () -> Cpus.pin(-1));
  }

  @Test
  void threadTimeCountsWorkAndNotSleep() throws Exception {
    long before = Cpus.threadTimeNs();
    Thread.sleep(30);
    long slept = Cpus.threadTimeNs() - before;
    long x = 1;
    long until = System.nanoTime() + 30_000_000;
    while (System.nanoTime() < until) {
      x = x * 31 + 7;
    }
    long worked = Cpus.threadTimeNs() - before - slept;
    assertTrue(slept >= 0 && slept < 20_000_000, "sleeping cost " + slept + " ns, " + x);
    assertTrue(worked > 0, "working cost " + worked + " ns");
  }

  @Test
  void capabilitiesAreBitsOfTheKernelsSet() {
    assertEquals(
        EnumSet.allOf(Capability.class), Privileges.parse("000001fffeffffff".replace('e', 'f')));
    assertEquals(Set.of(Capability.NET_RAW), Privileges.parse("0000000000002000"));
    assertEquals(Set.of(), Privileges.parse("not hexadecimal"));
  }

  @Test
  void lackingIsToldWithPurposeAndRemedy() {
    Set<Capability> held = Privileges.effective();
    for (Capability capability : Capability.values()) {
      assertEquals(held.contains(capability), Privileges.lacks(capability).isEmpty());
    }
    assertTrue(Privileges.lacks().isEmpty());
  }

  @Test
  void aThreadThatDropsItsPrivilegesIsAlone() throws Exception {
    Set<Capability> before = Privileges.effective();
    AtomicReference<Set<Capability>> after = new AtomicReference<>(before);
    AtomicReference<Set<Capability>> ofChild = new AtomicReference<>(before);
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              Privileges.dropAll();
              after.set(Privileges.effective());
              Thread child = Thread.ofPlatform().start(() -> ofChild.set(Privileges.effective()));
              try {
                child.join();
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            });
    thread.join();
    assertEquals(Set.of(), after.get());
    assertEquals(Set.of(), ofChild.get(), "nor have threads that it starts");
    assertEquals(before, Privileges.effective(), "this thread keeps its own");
  }
}
