package dev.scr.linux.object;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.conformance.VectorRunner;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KernelVectorsTest {
  private static final String LEGACY = "legacy packet load";
  private static final String MISALIGNED = "misaligned stack access";

  /** Every vector that XDP on Linux does not take, and what the reason says. */
  private static final Map<String, String> OUTSIDE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("call-nested.data", "call stack of 9 frames is too deep"),
              Map.entry("callx.data", "helper whose number is in a register"),
              Map.entry("code-address.data", "missing btf func_info"),
              Map.entry("ldabs-b.data", LEGACY),
              Map.entry("ldabs-h.data", LEGACY),
              Map.entry("ldabs-outside.data", LEGACY),
              Map.entry("ldabs-w.data", LEGACY),
              Map.entry("ldind-b.data", LEGACY),
              Map.entry("ldind-h.data", LEGACY),
              Map.entry("ldind-negative.data", LEGACY),
              Map.entry("ldind-w.data", LEGACY),
              Map.entry("stdw.data", MISALIGNED),
              Map.entry("sth.data", MISALIGNED),
              Map.entry("stw.data", MISALIGNED),
              Map.entry("stxdw.data", MISALIGNED),
              Map.entry("stxh.data", MISALIGNED),
              Map.entry("stxw.data", MISALIGNED)));

  @BeforeEach
  void needsKernel() {
    NeedsKernel.orSkip();
  }

  @Test
  void ourVectorsPassInTheKernel() throws IOException {
    VectorRunner.Report report =
        new VectorRunner(List.of(new KernelVectorEngine())).run(NeedsKernel.ofEbpf("vectors"));
    assertEquals(List.of(), report.failed());
    Map<String, String> skipped =
        report.skipped().stream()
            .collect(
                Collectors.toMap(
                    VectorRunner.Skip::file, VectorRunner.Skip::reason, (a, _) -> a, TreeMap::new));
    assertEquals(OUTSIDE.keySet(), skipped.keySet());
    OUTSIDE.forEach((file, reason) ->
        assertTrue(skipped.getOrDefault(file, "").contains(reason), () -> skipped.get(file)));
    assertTrue(report.passed() > 160, "only " + report.passed());
  }
}
