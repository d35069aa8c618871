package dev.scr.linux.object;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Privileges;
import java.nio.file.Path;
import java.util.Optional;

/** What tests with the kernel start from. */
final class NeedsKernel {
  private NeedsKernel() {}

  /** Skips the test, and says why, where bpf(2) cannot be used. */
  static void orSkip() {
    Optional<String> lacking = Privileges.lacks(Capability.BPF, Capability.NET_ADMIN);
    assumeTrue(lacking.isEmpty(), () -> "bpf(2): " + lacking.orElseThrow());
    Probe probe = Feature.TEST_RUN.probe();
    assumeTrue(probe instanceof Probe.Available, () -> "BPF_PROG_TEST_RUN: " + probe);
  }

  /** A file that module {@code ebpf} is tested with. */
  static Path ofEbpf(String file) {
    return Path.of(System.getProperty("scr.root", ".."), "ebpf/src/test/resources").resolve(file);
  }
}
