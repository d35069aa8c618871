package dev.scr.k2.input;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.scr.ebpf.isa.BpfException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;

/**
 * K2's files survive any bytes: they are read, and written back as they were, or refused by an
 * exception of ours. {@code JAZZER_FUZZ=1 mvn test -pl k2 -Dtest=InsnsFuzzTest#insns} searches for
 * more.
 */
class InsnsFuzzTest {
  @FuzzTest
  void insns(FuzzedDataProvider data) {
    String maps = data.consumeString(300);
    String type = data.consumeString(12);
    String description = data.consumeString(60);
    byte[] code = data.consumeRemainingAsBytes();
    try {
      InsnsFile file =
          InsnsFile.of(
              code,
              "fuzz.insns",
              Optional.of(maps),
              type.isEmpty() ? Optional.empty() : Optional.of(type),
              Optional.of(description));
      Assertions.assertArrayEquals(
          code, file.encode(Path.of("out.insns"), List.of()).getFirst().bytes());
    } catch (BpfException refused) {
      Assertions.assertNotNull(refused.getMessage());
    }
  }
}
