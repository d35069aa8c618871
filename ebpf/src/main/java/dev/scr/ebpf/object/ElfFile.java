package dev.scr.ebpf.object;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The parts of a relocatable little-endian ELF64 file for BPF. */
final class ElfFile {
  static final int SHT_PROGBITS = 1;
  static final int SHT_SYMTAB = 2;
  static final int SHT_STRTAB = 3;
  static final int SHT_NOBITS = 8;
  static final int SHT_REL = 9;
  static final int SHT_RELA = 4;

  static final long SHF_EXECINSTR = 4;

  static final int STT_NOTYPE = 0;
  static final int STT_OBJECT = 1;
  static final int STT_FUNC = 2;
  static final int STT_SECTION = 3;

  /** Index of symbols that the file does not define. */
  static final int SHN_UNDEF = 0;

  private static final int HEADER_BYTES = 64;
  private static final int SECTION_BYTES = 64;
  private static final int SYMBOL_BYTES = 24;
  private static final int REL_BYTES = 16;
  private static final int EM_NONE = 0;
  private static final int EM_BPF = 247;
  private static final int ET_REL = 1;

  /**
   * A section.
   *
   * @param size bytes in memory; {@code data} is empty for a section without bytes in the file
   *     (.bss)
   */
  record Section(
      int index, String name, int type, long flags, long size, int link, int info, Bytes data) {
    boolean executable() {
      return type == SHT_PROGBITS && (flags & SHF_EXECINSTR) != 0 && size > 0;
    }
  }

  /** A symbol; {@code value} is an offset into its section. */
  record Symbol(String name, int type, int binding, int section, long value, long size) {}

  /** A relocation of a place in a section. */
  record Relocation(long offset, int type, Symbol symbol) {}

  private final String file;
  private final List<Section> sections;
  private final List<Symbol> symbols;

  private ElfFile(String file, List<Section> sections, List<Symbol> symbols) {
    this.file = file;
    this.sections = sections;
    this.symbols = symbols;
  }

  static ElfFile read(byte[] bytes, String file) {
    Bytes all = Bytes.of(file, "ELF header", bytes);
    checkHeader(all);
    List<Section> sections = sections(all);
    List<Symbol> symbols = new ArrayList<>();
    for (Section section : sections) {
      if (section.type() == SHT_SYMTAB) {
        if (!symbols.isEmpty()) {
          throw section.data().malformed("expected one symbol table, found a second one");
        }
        readSymbols(section, sections, symbols);
      }
    }
    return new ElfFile(file, sections, symbols);
  }

  String file() {
    return file;
  }

  List<Section> sections() {
    return sections;
  }

  List<Symbol> symbols() {
    return symbols;
  }

  Optional<Section> section(String name) {
    return sections.stream().filter(s -> s.name().equals(name)).findFirst();
  }

  Section section(int index) {
    return sections.get(index);
  }

  /** Name of a symbol, or of the section that a section symbol stands for. */
  String name(Symbol symbol) {
    return symbol.type() == STT_SECTION ? section(symbol.section()).name() : symbol.name();
  }

  /** The relocations of places in a section, in the order of the file. */
  List<Relocation> relocations(Section target) {
    List<Relocation> relocations = new ArrayList<>();
    for (Section section : sections) {
      if (section.info() != target.index()) {
        continue;
      }
      if (section.type() == SHT_RELA) {
        throw section
            .data()
            .malformed("expected relocations without addends (SHT_REL), found SHT_RELA");
      }
      if (section.type() == SHT_REL) {
        readRelocations(section, relocations);
      }
    }
    return relocations;
  }

  MalformedObjectException malformed(String place, String what) {
    return new MalformedObjectException(file, place, what);
  }

  private static void checkHeader(Bytes all) {
    if (all.length() < HEADER_BYTES) {
      throw all.malformed(
          "expected an ELF file (64 bytes or more), found " + all.length() + " bytes");
    }
    expect(all, "the magic number 0x464c457f", 0x464c_457f, all.i32(0));
    expect(all, "class 2 (ELF64)", 2, all.u8(4));
    expect(all, "data encoding 1 (little-endian)", 1, all.u8(5));
    expect(all, "ELF version 1", 1, all.u8(6));
    expect(all, "file type 1 (relocatable)", ET_REL, all.u16(16));
    // Compilers of before there was a number wrote none; libbpf reads these files, too.
    if (all.u16(18) != EM_NONE) {
      expect(all, "machine 247 (BPF)", EM_BPF, all.u16(18));
    }
    expect(all, "section headers of 64 bytes", SECTION_BYTES, all.u16(58));
  }

  private static void expect(Bytes where, String what, int expected, int found) {
    if (expected != found) {
      throw where.malformed("expected " + what + ", found " + found);
    }
  }

  private static List<Section> sections(Bytes all) {
    int count = all.u16(60);
    Bytes table = all.slice("section header table", all.i64(40), (long) count * SECTION_BYTES);
    int namesIndex = all.u16(62);
    if (namesIndex >= count) {
      throw all.malformed(
          "expected a section name table below index " + count + ", found " + namesIndex);
    }
    long namesAt = (long) namesIndex * SECTION_BYTES;
    Bytes names = all.slice("section names", table.i64(namesAt + 24), table.i64(namesAt + 32));
    List<Section> sections = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      sections.add(section(all, table, names, i));
    }
    return List.copyOf(sections);
  }

  private static Section section(Bytes all, Bytes table, Bytes names, int index) {
    long at = (long) index * SECTION_BYTES;
    int type = table.i32(at + 4);
    String name = index == 0 ? "" : names.string(table.u32(at));
    long size = table.i64(at + 32);
    boolean inFile = index != 0 && type != SHT_NOBITS;
    Bytes data = all.slice("section " + name, inFile ? table.i64(at + 24) : 0, inFile ? size : 0);
    return new Section(
        index, name, type, table.i64(at + 8), size, table.i32(at + 40), table.i32(at + 44), data);
  }

  private static void readSymbols(Section table, List<Section> sections, List<Symbol> symbols) {
    Bytes data = table.data();
    if (table.link() < 0 || table.link() >= sections.size()) {
      throw data.malformed("expected the index of a string table, found " + table.link());
    }
    Bytes strings = sections.get(table.link()).data();
    for (long at = 0; at + SYMBOL_BYTES <= data.length(); at += SYMBOL_BYTES) {
      long name = data.u32(at);
      int info = data.u8(at + 4);
      int section = data.u16(at + 6);
      if (section >= sections.size() && section < 0xff00) {
        throw data.malformed(
            "symbol "
                + symbols.size()
                + ": expected a section below "
                + sections.size()
                + ", found "
                + section);
      }
      symbols.add(
          new Symbol(
              name == 0 ? "" : strings.string(name),
              info & 15,
              info >> 4,
              section,
              data.i64(at + 8),
              data.i64(at + 16)));
    }
  }

  private void readRelocations(Section section, List<Relocation> relocations) {
    Bytes data = section.data();
    if (data.length() % REL_BYTES != 0) {
      throw data.malformed("expected entries of 16 bytes, found " + data.length() + " bytes");
    }
    for (int at = 0; at < data.length(); at += REL_BYTES) {
      long info = data.i64(at + 8);
      int symbol = (int) (info >>> 32);
      if (symbol < 0 || symbol >= symbols.size()) {
        throw data.malformed(
            "relocation "
                + at / REL_BYTES
                + ": expected a symbol below "
                + symbols.size()
                + ", found "
                + (info >>> 32));
      }
      relocations.add(new Relocation(data.i64(at), (int) info, symbols.get(symbol)));
    }
  }
}
