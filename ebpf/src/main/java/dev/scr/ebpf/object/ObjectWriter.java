package dev.scr.ebpf.object;

import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.object.ElfFile.Section;
import dev.scr.ebpf.object.ElfFile.Symbol;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Writes an object whose programs have changed, also in length. Code sections, relocations, symbols
 * and {@code .BTF.ext} are made anew; everything else is copied. A sub-program that several
 * programs share may be changed by one of them only, or by all in the same way.
 */
public final class ObjectWriter {
  private static final int SYMBOL_BYTES = 24;

  private final ElfFile elf;
  private final MapReader maps;
  private final ProgramLinker linker;
  private final MovedFunctions functions;

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
    this.functions = new MovedFunctions(elf, linker);
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
    changed.forEach(writer.functions::change);
    writer.functions.place();
    writer.writeCode();
    writer.moveSymbols();
    writer.moveDebugRecords();
    return ElfLayout.write(original, writer.elf, writer.contents);
  }

  private void writeCode() {
    RelocatedCode code = new RelocatedCode(elf, maps, functions);
    linker.codeSections().forEach(section -> code.write(section, contents));
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
    for (MovedFunction function : functions.ofSection(symbol.section())) {
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
      long before = offset / Codec.SLOT_BYTES;
      for (MovedFunction function : functions.ofSection(section)) {
        if (function.contains(before)) {
          OptionalLong slot = function.newSlot(before);
          return slot.isPresent()
              ? OptionalLong.of(slot.getAsLong() * Codec.SLOT_BYTES)
              : OptionalLong.empty();
        }
      }
      return OptionalLong.empty();
    }

    @Override
    public boolean isChanged(String section) {
      return functions.ofSection(section).stream().anyMatch(MovedFunction::isChanged);
    }
  }
}
