package dev.scr.ebpf.object;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Lays out an ELF file anew when sections have other contents: header, sections in their order,
 * section header table.
 */
final class ElfLayout {
  private static final int HEADER_BYTES = 64;
  private static final int SECTION_BYTES = 64;
  private static final int MAX_ALIGNMENT = 4096;

  private ElfLayout() {}

  /** The file with these contents by section index; other sections keep theirs. */
  static byte[] write(byte[] original, ElfFile elf, Map<Integer, byte[]> contents) {
    ByteBuffer in = ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN);
    int tableAt = (int) in.getLong(40);
    int count = elf.sections().size();
    ByteBuffer table = ByteBuffer.allocate(count * SECTION_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    table.put(0, original, tableAt, count * SECTION_BYTES);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(original, 0, HEADER_BYTES);
    for (ElfFile.Section section : elf.sections()) {
      int at = section.index() * SECTION_BYTES;
      if (section.index() == 0 || section.type() == ElfFile.SHT_NOBITS) {
        continue;
      }
      byte[] data = contents.getOrDefault(section.index(), section.data().copy());
      pad(out, table.getLong(at + 48));
      table.putLong(at + 24, out.size()).putLong(at + 32, data.length);
      out.writeBytes(data);
    }
    pad(out, 8);
    int newTable = out.size();
    out.writeBytes(table.array());
    byte[] file = out.toByteArray();
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(40, newTable);
    return file;
  }

  private static void pad(ByteArrayOutputStream out, long alignment) {
    long step = Math.clamp(alignment, 1, MAX_ALIGNMENT);
    while (out.size() % step != 0) {
      out.write(0);
    }
  }
}
