package dev.scr.ebpf.object;

import dev.scr.ebpf.object.BtfType.Array;
import dev.scr.ebpf.object.BtfType.Member;
import dev.scr.ebpf.object.BtfType.Place;
import dev.scr.ebpf.object.BtfType.Pointer;
import dev.scr.ebpf.object.BtfType.Struct;
import dev.scr.ebpf.object.BtfType.Variable;
import dev.scr.ebpf.object.ElfFile.Section;
import dev.scr.ebpf.object.ElfFile.Symbol;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the maps of an object: BTF definitions in {@code .maps}, legacy ones in {@code maps},
 * global data sections.
 */
final class MapReader {
  /** Largest global data section in bytes. */
  private static final long MAX_DATA_BYTES = 64 << 20;

  private static final int HANDLE_BYTES = 4;
  private static final int LEGACY_BYTES = 20;

  /** Which map a place in a section stands for. */
  private record Definition(int section, long offset) {}

  private final ElfFile elf;
  private final Btf btf;
  private final List<MapSpec> maps = new ArrayList<>();
  private final List<GlobalVariable> variables = new ArrayList<>();
  private final Map<Definition, Integer> definitions = new HashMap<>();
  private final Map<Integer, Integer> dataSections = new HashMap<>();

  private MapReader(ElfFile elf, Btf btf) {
    this.elf = elf;
    this.btf = btf;
  }

  static MapReader read(ElfFile elf, Btf btf) {
    MapReader reader = new MapReader(elf, btf);
    for (Section section : elf.sections()) {
      if (section.name().equals(".maps")) {
        if (!elf.relocations(section).isEmpty()) {
          throw section
              .data()
              .malformed("expected maps without initial contents, found relocations for some");
        }
        reader.readBtfMaps(section);
      } else if (section.name().equals("maps")) {
        reader.readLegacyMaps(section);
      }
    }
    elf.sections().forEach(reader::readDataSection);
    elf.symbols().forEach(reader::readVariable);
    return reader;
  }

  List<MapSpec> maps() {
    return List.copyOf(maps);
  }

  List<GlobalVariable> variables() {
    return List.copyOf(variables);
  }

  /** Index of the map that is defined at a place. */
  Optional<Integer> definedAt(int section, long offset) {
    return Optional.ofNullable(definitions.get(new Definition(section, offset)));
  }

  /** Index of the map that holds a global data section. */
  Optional<Integer> holding(int section) {
    return Optional.ofNullable(dataSections.get(section));
  }

  private void add(Section section, long offset, MapSpec map) {
    if (maps.stream().anyMatch(m -> m.name().equals(map.name()))) {
      throw section
          .data()
          .malformed("map " + map.name() + ": expected a unique name, found it twice");
    }
    definitions.put(new Definition(section.index(), offset), maps.size());
    maps.add(map);
  }

  private void readBtfMaps(Section section) {
    List<Place> places =
        btf.dataSection(".maps")
            .orElseThrow(() -> section.data().malformed("expected BTF for the section, found none"))
            .places();
    for (Place place : places) {
      Variable variable = btf.variable(place);
      if (!(btf.resolve(variable.type()) instanceof Struct definition)) {
        throw section
            .data()
            .malformed(
                "map "
                    + variable.name()
                    + ": expected a structure, found "
                    + btf.text(variable.type()));
      }
      // The offsets in BTF are filled in by the linker only; the symbol has the true one.
      long offset =
          elf.symbols().stream()
              .filter(s -> s.section() == section.index() && s.name().equals(variable.name()))
              .findFirst()
              .map(Symbol::value)
              .orElse((long) place.offset());
      add(section, offset, definition(section, variable.name(), definition));
    }
  }

  private MapSpec definition(Section section, String name, Struct definition) {
    Map<String, Member> members = new HashMap<>();
    definition.members().forEach(m -> members.put(m.name(), m));
    long code = number(members, "type");
    MapType type =
        MapType.ofCode(code)
            .orElseThrow(() ->
                section
                    .data()
                    .malformed("map " + name + ": expected a known map type, found " + code));
    int keyType = target(members, "key");
    int valueType = target(members, "value");
    return new MapSpec(
        name,
        type,
        (int) (keyType != 0 ? btf.size(keyType) : number(members, "key_size")),
        valueSize(members, valueType),
        (int) number(members, "max_entries"),
        (int) number(members, "map_flags"),
        keyType,
        valueType,
        Optional.empty());
  }

  /** What {@code __array(values, T)} holds are programs or maps, each a number for the kernel. */
  private int valueSize(Map<String, Member> members, int valueType) {
    long told = valueType != 0 ? btf.size(valueType) : number(members, "value_size");
    return (int) (told == 0 && members.containsKey("values") ? HANDLE_BYTES : told);
  }

  /** {@code __uint(name, N)} is a pointer to an array of N. */
  private long number(Map<String, Member> members, String name) {
    Member member = members.get(name);
    if (member == null) {
      return 0;
    }
    if (btf.resolve(member.type()) instanceof Pointer pointer
        && btf.resolve(pointer.target()) instanceof Array array) {
      return array.count();
    }
    throw btf.malformed(
        "map member " + name + ": expected int (*)[N], found " + btf.text(member.type()));
  }

  /** {@code __type(name, T)} is a pointer to T. */
  private int target(Map<String, Member> members, String name) {
    Member member = members.get(name);
    if (member == null) {
      return 0;
    }
    if (btf.resolve(member.type()) instanceof Pointer pointer) {
      return pointer.target();
    }
    throw btf.malformed(
        "map member " + name + ": expected a pointer, found " + btf.text(member.type()));
  }

  private void readLegacyMaps(Section section) {
    Bytes data = section.data();
    List<Symbol> symbols =
        elf.symbols().stream()
            .filter(s -> s.section() == section.index() && !s.name().isEmpty())
            .filter(s -> s.type() == ElfFile.STT_OBJECT || s.type() == ElfFile.STT_NOTYPE)
            .sorted(Comparator.comparingLong(Symbol::value))
            .toList();
    for (Symbol symbol : symbols) {
      long at = symbol.value();
      if (at > data.length() - LEGACY_BYTES) {
        throw data.malformed(
            "map "
                + symbol.name()
                + ": expected 20 bytes at offset "
                + at
                + ", found a section of "
                + data.length()
                + " bytes");
      }
      long code = data.u32(at);
      MapType type =
          MapType.ofCode(code)
              .orElseThrow(() ->
                  data.malformed(
                      "map " + symbol.name() + ": expected a known map type, found " + code));
      add(
          section,
          at,
          new MapSpec(
              symbol.name(),
              type,
              data.i32(at + 4),
              data.i32(at + 8),
              data.i32(at + 12),
              data.i32(at + 16),
              0,
              0,
              Optional.empty()));
    }
  }

  private void readDataSection(Section section) {
    String name = section.name();
    boolean readOnly = isDataSection(name, ".rodata");
    boolean writable = isDataSection(name, ".data") || isDataSection(name, ".bss");
    if (!(readOnly || writable)
        || section.size() == 0
        || (section.type() != ElfFile.SHT_PROGBITS && section.type() != ElfFile.SHT_NOBITS)) {
      return;
    }
    if (section.size() < 0 || section.size() > MAX_DATA_BYTES) {
      throw section
          .data()
          .malformed(
              "expected at most " + MAX_DATA_BYTES + " bytes of data, found " + section.size());
    }
    byte[] bytes =
        section.type() == ElfFile.SHT_NOBITS
            ? new byte[(int) section.size()]
            : section.data().copy();
    int flags = MapSpec.MEMORY_MAPPABLE | (readOnly ? MapSpec.READ_ONLY_FOR_PROGRAMS : 0);
    dataSections.put(section.index(), maps.size());
    maps.add(
        new MapSpec(
            name,
            MapType.ARRAY,
            4,
            bytes.length,
            1,
            flags,
            0,
            0,
            Optional.of(new InitialData(bytes))));
  }

  private static boolean isDataSection(String name, String kind) {
    return name.equals(kind) || name.startsWith(kind + ".");
  }

  private void readVariable(Symbol symbol) {
    Integer map = dataSections.get(symbol.section());
    if (map == null || symbol.type() != ElfFile.STT_OBJECT) {
      return;
    }
    long size = maps.get(map).valueSize();
    if (symbol.value() < 0 || symbol.size() < 0 || symbol.value() > size - symbol.size()) {
      throw elf.malformed(
          "symbol " + symbol.name(),
          "expected a variable inside its section of "
              + size
              + " bytes, found offset "
              + symbol.value()
              + " size "
              + symbol.size());
    }
    variables.add(
        new GlobalVariable(symbol.name(), map, (int) symbol.value(), (int) symbol.size()));
  }
}
