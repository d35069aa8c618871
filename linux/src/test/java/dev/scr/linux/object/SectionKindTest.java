package dev.scr.linux.object;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.scr.ebpf.object.ProgramType;
import org.junit.jupiter.api.Test;

/** Object files and the kernel are told the same kind of program by a section's name. */
class SectionKindTest {
  @Test
  void kindsAgreeWithThoseOfObjects() {
    for (SectionKind kind : SectionKind.rows()) {
      assertEquals(
          ProgramType.ofSection(kind.prefix()).code(), kind.type().number(), kind.prefix());
    }
    assertEquals(0, ProgramType.ofSection("from-network").code());
  }
}
