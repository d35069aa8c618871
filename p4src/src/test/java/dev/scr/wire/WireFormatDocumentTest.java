package dev.scr.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page for people says what the code says. */
class WireFormatDocumentTest {
  private static final Path DOCUMENT =
      Path.of("").toAbsolutePath().resolve("../docs/wire-format.md");

  @Test
  void fieldTableIsScrField() throws IOException {
    List<String> rows =
        Arrays.stream(ScrField.values())
            .map(f ->
                "| %s | %d | %d | %s |"
                    .formatted(f.fieldName(), f.offset(), f.bytes(), f.meaning()))
            .toList();
    List<String> document = Files.readAllLines(DOCUMENT);
    int first = document.indexOf(rows.getFirst());
    assertEquals(rows, document.subList(first, first + rows.size()));
  }

  @Test
  void fieldsAreContiguousAndAligned() {
    int next = 0;
    for (ScrField field : ScrField.values()) {
      assertEquals(next, field.offset(), field.fieldName());
      int alignment = field.bytes() == 6 ? 1 : field.bytes();
      assertEquals(0, field.offset() % alignment, field.fieldName());
      next += field.bytes();
    }
    assertEquals(WireFormat.HEADER_BYTES, next);
  }
}
