package dev.scr.ebpf.object;

import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.InvalidInstructionException;
import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.object.ElfFile.Relocation;
import dev.scr.ebpf.object.ElfFile.Section;
import dev.scr.ebpf.object.ElfFile.Symbol;
import dev.scr.ebpf.object.ProgramSpec.FunctionStart;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Cuts code sections into functions, applies relocations, and puts behind each program the
 * functions it calls.
 */
final class ProgramLinker {
  private static final int R_BPF_64_64 = 1;
  private static final int R_BPF_64_32 = 10;
  private static final String SHARED_SECTION = ".text";

  /** A function in the file: where it starts, in slots, in which section. */
  record Place(int section, long slot) {}

  /** A function; {@code firstIndex} and {@code endIndex} count instructions of its section. */
  record Function(String name, Place start, int firstIndex, int endIndex) {}

  /**
   * A section's instructions after relocation of maps, and by index which function an instruction
   * refers to.
   */
  record CodeSection(
      Section section,
      List<Instruction> instructions,
      InstructionList places,
      Map<Integer, Place> calls) {}

  private final ElfFile elf;
  private final MapReader maps;
  private final Map<Integer, CodeSection> sections = new TreeMap<>();
  private final Map<Place, Function> functions = new HashMap<>();
  private final List<Function> entries = new ArrayList<>();

  ProgramLinker(ElfFile elf, MapReader maps) {
    this.elf = elf;
    this.maps = maps;
    List<Section> code = elf.sections().stream().filter(Section::executable).toList();
    boolean onlyShared = code.stream().allMatch(s -> s.name().equals(SHARED_SECTION));
    for (Section section : code) {
      sections.put(section.index(), decode(section));
      List<Function> found = functionsOf(sections.get(section.index()));
      found.forEach(f -> functions.put(f.start(), f));
      if (onlyShared || !section.name().equals(SHARED_SECTION)) {
        entries.addAll(found);
      }
    }
  }

  /** All functions, by where they start. */
  Map<Place, Function> functions() {
    return functions;
  }

  /** The code section with this index. */
  CodeSection section(int index) {
    CodeSection section = sections.get(index);
    if (section == null) {
      throw elf.malformed("section " + index, "expected a code section, found none");
    }
    return section;
  }

  /** The code sections. */
  Collection<CodeSection> codeSections() {
    return sections.values();
  }

  List<ProgramSpec> programs() {
    return entries.stream().map(this::link).toList();
  }

  private CodeSection decode(Section section) {
    List<Instruction> instructions;
    try {
      instructions = new ArrayList<>(Codec.decode(section.data().copy()));
    } catch (InvalidInstructionException e) {
      throw section.data().malformed(e.getMessage());
    }
    CodeSection code =
        new CodeSection(section, instructions, new InstructionList(instructions), new HashMap<>());
    for (Relocation relocation : elf.relocations(section)) {
      relocate(code, relocation);
    }
    for (int i = 0; i < instructions.size(); i++) {
      if (instructions.get(i) instanceof CallLocal call && !code.calls().containsKey(i)) {
        long target = code.places().slot(i) + 1L + call.offset();
        code.calls().put(i, new Place(section.index(), target));
      }
    }
    return code;
  }

  private void relocate(CodeSection code, Relocation relocation) {
    Section section = code.section();
    int index =
        relocation.offset() % Codec.SLOT_BYTES == 0
            ? code.places().indexAt(relocation.offset() / Codec.SLOT_BYTES)
            : -1;
    if (index < 0) {
      throw section
          .data()
          .malformed(
              "relocation: expected the offset of an instruction, found " + relocation.offset());
    }
    Instruction insn = code.instructions().get(index);
    Symbol symbol = relocation.symbol();
    if (symbol.section() == ElfFile.SHN_UNDEF || symbol.section() >= elf.sections().size()) {
      throw at(
          code,
          index,
          "expected a symbol that the object defines, found "
              + symbol.name()
              + "; external symbols and kernel functions are not supported");
    }
    if (relocation.type() == R_BPF_64_32 && insn instanceof CallLocal call) {
      long target = slotOf(code, index, symbol.value()) + call.offset() + 1;
      code.calls().put(index, new Place(symbol.section(), target));
    } else if (relocation.type() == R_BPF_64_64 && insn instanceof LoadWide wide) {
      code.instructions().set(index, address(code, index, wide, symbol));
    } else {
      throw at(
          code,
          index,
          "expected relocation R_BPF_64_64 (1) of lddw or R_BPF_64_32 (10) of call, found type "
              + relocation.type());
    }
  }

  private LoadWide address(CodeSection code, int index, LoadWide wide, Symbol symbol) {
    long addend = wide.value();
    int target = symbol.section();
    if (maps.holding(target).isPresent()) {
      int map = maps.holding(target).get();
      long offset = symbol.value() + addend;
      int size = maps.maps().get(map).valueSize();
      if (offset < 0 || offset >= size) {
        throw at(
            code,
            index,
            "expected an offset into " + elf.name(symbol) + " below " + size + ", found " + offset);
      }
      return new LoadWide(wide.dst(), WideSource.MAP_INDEX_VALUE, map, (int) offset);
    }
    if (elf.section(target).executable()) {
      long slot = slotOf(code, index, symbol.value() + addend);
      code.calls().put(index, new Place(target, slot));
      return new LoadWide(wide.dst(), WideSource.CODE, 0, 0);
    }
    int map =
        maps.definedAt(target, symbol.value() + addend)
            .orElseThrow(() ->
                at(
                    code,
                    index,
                    "expected the address of a map, function or variable, found "
                        + elf.name(symbol)
                        + " in section "
                        + elf.section(target).name()));
    return new LoadWide(wide.dst(), WideSource.MAP_INDEX, map, 0);
  }

  private long slotOf(CodeSection code, int index, long bytes) {
    if (bytes % Codec.SLOT_BYTES != 0) {
      throw at(code, index, "expected the offset of an instruction, found " + bytes);
    }
    return bytes / Codec.SLOT_BYTES;
  }

  private List<Function> functionsOf(CodeSection code) {
    Section section = code.section();
    List<Symbol> symbols =
        elf.symbols().stream()
            .filter(s -> s.section() == section.index() && s.type() == ElfFile.STT_FUNC)
            .sorted(Comparator.comparingLong(Symbol::value))
            .toList();
    List<Function> found = new ArrayList<>();
    int size = code.instructions().size();
    if (symbols.isEmpty()) {
      found.add(new Function(section.name(), new Place(section.index(), 0), 0, size));
    }
    int previousEnd = 0;
    for (Symbol symbol : symbols) {
      int first = boundary(code, symbol, symbol.value());
      int end = boundary(code, symbol, symbol.value() + symbol.size());
      if (first < previousEnd || end <= first) {
        throw section
            .data()
            .malformed(
                "function "
                    + symbol.name()
                    + ": expected functions that follow each other, found an empty or overlapping one");
      }
      previousEnd = end;
      Place start = new Place(section.index(), code.places().slot(first));
      found.add(new Function(symbol.name(), start, first, end));
    }
    return found;
  }

  private static int boundary(CodeSection code, Symbol symbol, long bytes) {
    InstructionList places = code.places();
    if (bytes == (long) places.slots() * Codec.SLOT_BYTES) {
      return places.size();
    }
    int index = bytes % Codec.SLOT_BYTES == 0 ? places.indexAt(bytes / Codec.SLOT_BYTES) : -1;
    if (index < 0) {
      throw code.section()
          .data()
          .malformed(
              "function "
                  + symbol.name()
                  + ": expected bounds between instructions of the section, found offset "
                  + bytes);
    }
    return index;
  }

  private ProgramSpec link(Function entry) {
    Map<Place, Integer> startIndex = new HashMap<>();
    List<Function> order = new ArrayList<>();
    List<Instruction> linked = new ArrayList<>();
    startIndex.put(entry.start(), 0);
    order.add(entry);
    for (int f = 0; f < order.size(); f++) {
      Function function = order.get(f);
      startIndex.put(function.start(), linked.size());
      CodeSection code = code(function);
      linked.addAll(code.instructions().subList(function.firstIndex(), function.endIndex()));
      for (int i = function.firstIndex(); i < function.endIndex(); i++) {
        Place callee = code.calls().get(i);
        if (callee != null && startIndex.putIfAbsent(callee, -1) == null) {
          order.add(callee(code, i, callee));
        }
      }
    }
    String section = code(entry).section().name();
    InstructionList list = new InstructionList(resolveCalls(order, linked, startIndex));
    check(section, list);
    List<FunctionStart> starts =
        order.stream()
            .map(f -> new FunctionStart(f.name(), startIndex.getOrDefault(f.start(), 0)))
            .toList();
    return new ProgramSpec(
        entry.name(), section, ProgramType.ofSection(section), list, starts, maps.maps());
  }

  private List<Instruction> resolveCalls(
      List<Function> order, List<Instruction> linked, Map<Place, Integer> startIndex) {
    InstructionList places = new InstructionList(linked);
    List<Instruction> resolved = new ArrayList<>(linked);
    int index = 0;
    for (Function function : order) {
      CodeSection code = code(function);
      for (int i = function.firstIndex(); i < function.endIndex(); i++, index++) {
        Place callee = code.calls().get(i);
        if (callee != null) {
          int distance = places.slot(startIndex.getOrDefault(callee, 0)) - places.slot(index) - 1;
          resolved.set(index, refer(linked.get(index), distance));
        }
      }
    }
    return resolved;
  }

  private static Instruction refer(Instruction insn, int distance) {
    return insn instanceof LoadWide wide
        ? new LoadWide(wide.dst(), WideSource.CODE, distance, 0)
        : new CallLocal(distance);
  }

  private Function callee(CodeSection code, int index, Place place) {
    Function callee = functions.get(place);
    if (callee == null) {
      throw at(
          code,
          index,
          "expected the start of a function, found slot "
              + place.slot()
              + " of section "
              + elf.section(place.section()).name());
    }
    return callee;
  }

  private CodeSection code(Function function) {
    return section(function.start().section());
  }

  private void check(String section, InstructionList list) {
    try {
      ControlFlow.of(list);
    } catch (InvalidProgramException | InvalidInstructionException e) {
      throw elf.malformed("section " + section, e.getMessage());
    }
  }

  private MalformedObjectException at(CodeSection code, int index, String what) {
    return code.section()
        .data()
        .malformed(
            "insn "
                + code.places().slot(index)
                + " ("
                + code.instructions().get(index)
                + "): "
                + what);
  }
}
