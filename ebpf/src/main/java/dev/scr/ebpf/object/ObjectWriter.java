package dev.scr.ebpf.object;

import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.object.ElfFile.Section;
import dev.scr.ebpf.object.ElfFile.Symbol;
import dev.scr.ebpf.object.ProgramLinker.CodeSection;
import dev.scr.ebpf.object.ProgramLinker.Function;
import dev.scr.ebpf.object.ProgramLinker.Place;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * Writes an object whose programs have changed, also in length. Code sections, relocations, symbols
 * and {@code .BTF.ext} are made anew; everything else is copied. A sub-program that several
 * programs share may be changed by one of them only, or by all in the same way.
 */
public final class ObjectWriter {
  private static final int R_BPF_64_64 = 1;
  private static final int R_BPF_64_32 = 10;
  private static final int STB_GLOBAL = 1;
  private static final int SYMBOL_BYTES = 24;

  private final ElfFile elf;
  private final MapReader maps;
  private final ProgramLinker linker;
  private final Map<Function, MovedFunction> functions = new LinkedHashMap<>();

  /** New contents by section index. */
  private final Map<Integer, byte[]> contents = new HashMap<>();

  private ObjectWriter(byte[] original, String name) {
    this.elf = ElfFile.read(original, name);
    Btf btf =
        elf.section(".BTF")
            .map(section -> BtfReader.read(name, section.data()))
            .orElseGet(() -> new Btf(name, List.of(new BtfType.NoType())));
    this.maps = MapReader.read(elf, btf);
    this.linker = new ProgramLinker(elf, maps);
  }

  /**
   * Writes an object with other code.
   *
   * @param original bytes of the object that the programs were read from
   * @param name what messages call the file
   * @param changed programs of that object with other instructions; functions keep their names
   * @return bytes of the new object
   * @throws MalformedObjectException if the programs do not belong to the object, or it cannot be
   *     rewritten
   */
  public static byte[] write(byte[] original, String name, List<ProgramSpec> changed) {
    ObjectWriter writer = new ObjectWriter(original, name);
    writer.collect();
    changed.forEach(writer::change);
    writer.place();
    writer.linker.codeSections().forEach(writer::encode);
    writer.moveSymbols();
    writer.moveDebugRecords();
    return ElfLayout.write(original, writer.elf, writer.contents);
  }

  private void collect() {
    List<Function> sorted = new ArrayList<>(linker.functions().values());
    sorted.sort(
        Comparator.comparingInt((Function f) -> f.start().section())
            .thenComparingInt(Function::firstIndex));
    for (Function function : sorted) {
      CodeSection section = linker.section(function.start().section());
      Map<Integer, Function> references = new HashMap<>();
      for (int i = function.firstIndex(); i < function.endIndex(); i++) {
        Place callee = section.calls().get(i);
        if (callee != null) {
          references.put(i - function.firstIndex(), functionAt(section, callee));
        }
      }
      List<Instruction> code =
          section.instructions().subList(function.firstIndex(), function.endIndex());
      functions.put(function, new MovedFunction(function, code, references));
    }
  }

  private Function functionAt(CodeSection section, Place place) {
    Function function = linker.functions().get(place);
    if (function == null) {
      throw section
          .section()
          .data()
          .malformed("expected a call of a function, found one of slot " + place.slot());
    }
    return function;
  }

  private void change(ProgramSpec program) {
    InstructionList code = program.code();
    List<ProgramSpec.FunctionStart> starts = program.functions();
    Map<Integer, Function> byStart = new HashMap<>();
    for (int f = 0; f < starts.size(); f++) {
      byStart.put(starts.get(f).index(), find(program, starts.get(f).name(), f == 0));
    }
    for (int f = 0; f < starts.size(); f++) {
      int from = starts.get(f).index();
      int to = f + 1 < starts.size() ? starts.get(f + 1).index() : code.size();
      Map<Integer, Function> references = new HashMap<>();
      List<Instruction> body = new ArrayList<>();
      for (int i = from; i < to; i++) {
        Instruction insn = code.get(i);
        body.add(insn);
        if (isReference(insn)) {
          Function callee = byStart.get(code.target(i));
          if (callee == null) {
            throw elf.malformed(
                "program " + program.name(),
                "insn "
                    + code.slot(i)
                    + " ("
                    + insn
                    + "): expected the start of a function of the program");
          }
          references.put(i - from, callee);
        }
      }
      replace(
          program,
          byStart.getOrDefault(from, find(program, program.name(), true)),
          body,
          references);
    }
  }

  private static boolean isReference(Instruction insn) {
    return insn instanceof CallLocal
        || (insn instanceof LoadWide wide && wide.source() == WideSource.CODE);
  }

  private void replace(
      ProgramSpec program,
      Function function,
      List<Instruction> body,
      Map<Integer, Function> references) {
    MovedFunction moved = moved(function);
    List<Instruction> comparable = withoutDistances(body);
    if (withoutDistances(moved.after().instructions()).equals(comparable)
        && moved.references().equals(references)) {
      return;
    }
    if (moved.isChanged()) {
      throw elf.malformed(
          "program " + program.name(),
          "function " + function.name() + ": expected one new version, found two");
    }
    moved.replace(body, references);
  }

  /**
   * Distances of calls depend on where functions lie; which function is meant is compared apart.
   */
  private static List<Instruction> withoutDistances(List<Instruction> code) {
    return code.stream().map(insn -> isReference(insn) ? refer(insn, 0) : insn).toList();
  }

  private static Instruction refer(Instruction insn, int value) {
    return insn instanceof LoadWide wide
        ? new LoadWide(wide.dst(), WideSource.CONSTANT, value, 0)
        : new CallLocal(value);
  }

  private Function find(ProgramSpec program, String name, boolean entry) {
    List<Function> found =
        functions.keySet().stream()
            .filter(f -> f.name().equals(name))
            .filter(f -> !entry || sectionName(f).equals(program.section()))
            .toList();
    if (found.size() != 1) {
      throw elf.malformed(
          "program " + program.name(),
          "expected one function named " + name + ", found " + found.size());
    }
    return found.getFirst();
  }

  private String sectionName(Function function) {
    return elf.section(function.start().section()).name();
  }

  private MovedFunction moved(Function function) {
    MovedFunction moved = functions.get(function);
    if (moved == null) {
      throw elf.malformed("function " + function.name(), "expected a function of the object");
    }
    return moved;
  }

  private List<MovedFunction> functionsOf(int section) {
    return functions.values().stream()
        .filter(f -> f.original().start().section() == section)
        .toList();
  }

  private void place() {
    for (CodeSection section : linker.codeSections()) {
      long slot = 0;
      int index = 0;
      for (MovedFunction function : functionsOf(section.section().index())) {
        if (function.original().firstIndex() != index) {
          throw section
              .section()
              .data()
              .malformed(
                  "expected code that belongs to functions, found some before "
                      + function.original().name());
        }
        index = function.original().endIndex();
        function.placeAt(slot);
        slot += function.after().slots();
      }
    }
  }

  private void encode(CodeSection section) {
    List<Instruction> code = new ArrayList<>();
    List<long[]> relocations = new ArrayList<>();
    for (MovedFunction function : functionsOf(section.section().index())) {
      for (int i = 0; i < function.after().size(); i++) {
        long slot = function.newStart() + function.after().slot(i);
        Function callee = function.references().get(i);
        Instruction insn = function.after().get(i);
        code.add(
            callee != null
                ? reference(section, insn, slot, callee, relocations)
                : relocated(section, insn, slot, relocations));
      }
    }
    contents.put(section.section().index(), Codec.encode(code));
    writeRelocations(section.section(), relocations);
  }

  private Instruction reference(
      CodeSection section, Instruction insn, long slot, Function callee, List<long[]> relocations) {
    long target = moved(callee).newStart();
    int targetSection = callee.start().section();
    if (insn instanceof CallLocal && targetSection == section.section().index()) {
      return new CallLocal((int) (target - slot - 1));
    }
    boolean call = insn instanceof CallLocal;
    int type = call ? R_BPF_64_32 : R_BPF_64_64;
    OptionalInt global =
        symbol(s ->
            s.section() == targetSection
                && s.type() == ElfFile.STT_FUNC
                && s.binding() == STB_GLOBAL
                && s.name().equals(callee.name()));
    // As clang does: against the symbol of a global function, else against the section with the
    // place in the instruction.
    int symbol = global.orElseGet(() -> sectionSymbol(targetSection));
    long place = global.isPresent() ? 0 : target;
    relocations.add(new long[] {slot * Codec.SLOT_BYTES, symbol, type});
    return refer(insn, (int) (call ? place - 1 : place * Codec.SLOT_BYTES));
  }

  private Instruction relocated(
      CodeSection section, Instruction insn, long slot, List<long[]> relocations) {
    if (!(insn instanceof LoadWide wide)
        || (wide.source() != WideSource.MAP_INDEX && wide.source() != WideSource.MAP_INDEX_VALUE)) {
      return insn;
    }
    int symbol = -1;
    long addend = 0;
    for (int i = 0; i < elf.symbols().size(); i++) {
      Symbol candidate = elf.symbols().get(i);
      long distance =
          wide.nextImm() - (wide.source() == WideSource.MAP_INDEX ? 0 : candidate.value());
      // The closest symbol before the place: the addend has 32 bits and no sign.
      if (distance >= 0 && refersTo(candidate, wide) && (symbol < 0 || distance < addend)) {
        symbol = i;
        addend = distance;
      }
    }
    if (symbol < 0) {
      throw section
          .section()
          .data()
          .malformed("insn " + slot + " (" + insn + "): expected a symbol for the map, found none");
    }
    relocations.add(new long[] {slot * Codec.SLOT_BYTES, symbol, R_BPF_64_64});
    return new LoadWide(wide.dst(), WideSource.CONSTANT, (int) addend, 0);
  }

  private boolean refersTo(Symbol symbol, LoadWide wide) {
    boolean usable = symbol.type() == ElfFile.STT_SECTION || symbol.type() == ElfFile.STT_OBJECT;
    if (wide.source() == WideSource.MAP_INDEX) {
      return symbol.type() != ElfFile.STT_SECTION
          && maps.definedAt(symbol.section(), symbol.value()).orElse(-1) == wide.imm();
    }
    return usable && maps.holding(symbol.section()).orElse(-1) == wide.imm();
  }

  private OptionalInt symbol(Predicate<Symbol> wanted) {
    for (int i = 0; i < elf.symbols().size(); i++) {
      if (wanted.test(elf.symbols().get(i))) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  private int sectionSymbol(int section) {
    return symbol(s -> s.section() == section && s.type() == ElfFile.STT_SECTION)
        .orElseThrow(
            () -> elf.section(section).data().malformed("expected a section symbol, found none"));
  }

  private void writeRelocations(Section code, List<long[]> relocations) {
    ByteBuffer out = ByteBuffer.allocate(relocations.size() * 16).order(ByteOrder.LITTLE_ENDIAN);
    for (long[] relocation : relocations) {
      out.putLong(relocation[0]).putLong(relocation[1] << 32 | relocation[2]);
    }
    for (Section section : elf.sections()) {
      if (section.type() == ElfFile.SHT_REL && section.info() == code.index()) {
        contents.put(section.index(), out.array());
        return;
      }
    }
    if (!relocations.isEmpty()) {
      throw code.data().malformed("expected a relocation section for new references, found none");
    }
  }

  private void moveSymbols() {
    for (Section section : elf.sections()) {
      if (section.type() != ElfFile.SHT_SYMTAB) {
        continue;
      }
      ByteBuffer table = ByteBuffer.wrap(section.data().copy()).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < elf.symbols().size(); i++) {
        Symbol symbol = elf.symbols().get(i);
        if (symbol.type() == ElfFile.STT_FUNC || symbol.type() == ElfFile.STT_NOTYPE) {
          moveSymbol(symbol, table, i * SYMBOL_BYTES);
        }
      }
      contents.put(section.index(), table.array());
    }
  }

  private void moveSymbol(Symbol symbol, ByteBuffer table, int at) {
    for (MovedFunction function : functionsOf(symbol.section())) {
      if (function.contains(symbol.value() / Codec.SLOT_BYTES)) {
        long slot = function.newSlot(symbol.value() / Codec.SLOT_BYTES).orElse(function.newStart());
        table.putLong(at + 8, slot * Codec.SLOT_BYTES);
        if (symbol.type() == ElfFile.STT_FUNC) {
          table.putLong(at + 16, (long) function.after().slots() * Codec.SLOT_BYTES);
        }
        return;
      }
    }
  }

  private void moveDebugRecords() {
    for (Section section : elf.sections()) {
      if (section.name().equals(".BTF.ext") && elf.section(".BTF").isPresent()) {
        Bytes btf = elf.section(".BTF").get().data();
        contents.put(section.index(), BtfExtension.rewrite(section.data(), btf, new Moves()));
      }
      if (section.name().equals(".rel.BTF.ext")) {
        // Its entries name places in .BTF.ext that have moved; the values there are complete
        // without it.
        contents.put(section.index(), new byte[0]);
      }
    }
  }

  private final class Moves implements BtfExtension.Mover {
    @Override
    public OptionalLong move(String section, long offset) {
      for (MovedFunction function : functions.values()) {
        if (sectionName(function.original()).equals(section)
            && function.contains(offset / Codec.SLOT_BYTES)) {
          OptionalLong slot = function.newSlot(offset / Codec.SLOT_BYTES);
          return slot.isPresent()
              ? OptionalLong.of(slot.getAsLong() * Codec.SLOT_BYTES)
              : OptionalLong.empty();
        }
      }
      return OptionalLong.empty();
    }

    @Override
    public boolean isChanged(String section) {
      return functions.values().stream()
          .anyMatch(f -> f.isChanged() && sectionName(f.original()).equals(section));
    }
  }
}
