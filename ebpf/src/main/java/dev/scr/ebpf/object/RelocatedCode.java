package dev.scr.ebpf.object;

import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.object.ElfFile.Section;
import dev.scr.ebpf.object.ElfFile.Symbol;
import dev.scr.ebpf.object.ProgramLinker.CodeSection;
import dev.scr.ebpf.object.ProgramLinker.Function;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * Writes code sections with their relocations, once all functions have their places. Owned by one
 * thread.
 */
final class RelocatedCode {
  private static final int R_BPF_64_64 = 1;
  private static final int R_BPF_64_32 = 10;
  private static final int STB_GLOBAL = 1;

  private final ElfFile elf;
  private final MapReader maps;
  private final MovedFunctions functions;

  RelocatedCode(ElfFile elf, MapReader maps, MovedFunctions functions) {
    this.elf = elf;
    this.maps = maps;
    this.functions = functions;
  }

  /** One {@code Elf64_Rel}: what the loader puts in at a place. */
  private record Relocation(long offset, long symbol, long type) {
    private static final int BYTES = 16;

    void put(ByteBuffer out) {
      out.putLong(offset).putLong(symbol << 32 | type);
    }
  }

  /** Puts a code section, and the one of its relocations, among the new contents of sections. */
  void write(CodeSection section, Map<Integer, byte[]> contents) {
    List<Instruction> code = new ArrayList<>();
    List<Relocation> relocations = new ArrayList<>();
    for (MovedFunction function : functions.ofSection(section.section().index())) {
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
    writeRelocations(section.section(), relocations, contents);
  }

  private Instruction reference(
      CodeSection section,
      Instruction insn,
      long slot,
      Function callee,
      List<Relocation> relocations) {
    long target = functions.of(callee).newStart();
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
    relocations.add(new Relocation(slot * Codec.SLOT_BYTES, symbol, type));
    return MovedFunction.refer(insn, (int) (call ? place - 1 : place * Codec.SLOT_BYTES));
  }

  private Instruction relocated(
      CodeSection section, Instruction insn, long slot, List<Relocation> relocations) {
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
    relocations.add(new Relocation(slot * Codec.SLOT_BYTES, symbol, R_BPF_64_64));
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

  private void writeRelocations(
      Section code, List<Relocation> relocations, Map<Integer, byte[]> contents) {
    ByteBuffer out =
        ByteBuffer.allocate(relocations.size() * Relocation.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    relocations.forEach(relocation -> relocation.put(out));
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
}
