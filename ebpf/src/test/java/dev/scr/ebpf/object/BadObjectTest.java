package dev.scr.ebpf.object;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.map.MapException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Objects with one thing wrong, and what is said about them: where, what was expected, what was
 * found.
 */
class BadObjectTest {
  private static final String FIXTURE = "legacy";

  /** A fixture's bytes with something changed at an offset of a section. */
  private static byte[] patched(String section, int offset, byte[] patch) {
    byte[] bytes = Fixtures.bytes(FIXTURE);
    ElfFile elf = ElfFile.read(bytes, FIXTURE);
    int index = elf.section(section).orElseThrow().index();
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int at = (int) (in.getLong(40) + 64L * index);
    in.put((int) in.getLong(at + 24) + offset, patch);
    return bytes;
  }

  private static byte[] word(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private static byte[] code(Instruction... instructions) {
    return Codec.encode(List.of(instructions));
  }

  private static void refused(byte[] bytes, String... parts) {
    MalformedObjectException e =
        assertThrows(MalformedObjectException.class, () -> BpfObject.read(bytes, "bad.o"));
    assertTrue(e.getMessage().startsWith("bad.o: "), e.getMessage());
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  /** Slot of the first instruction that a relocation of the fixture belongs to. */
  private static int relocatedSlot() {
    ElfFile elf = ElfFile.read(Fixtures.bytes(FIXTURE), FIXTURE);
    ElfFile.Section code = elf.section("xdp_legacy").orElseThrow();
    return (int) elf.relocations(code).getFirst().offset() / Codec.SLOT_BYTES;
  }

  @Test
  void relocations() {
    int slot = relocatedSlot();
    refused(
        patched(".relxdp_legacy", 8, word(99)),
        "section xdp_legacy: insn " + slot + " (r1 = 0 ll): expected relocation R_BPF_64_64",
        "found type 99");
    refused(
        patched(".relxdp_legacy", 12, word(5000)),
        "section .relxdp_legacy: relocation 0: expected a symbol below",
        "found 5000");
    refused(
        patched(".relxdp_legacy", 0, word(3)),
        "section xdp_legacy: relocation: expected the offset of an instruction, found 3");
    refused(
        patched(".relxdp_legacy", 0, word(800_000)),
        "expected the offset of an instruction, found 800000");
    refused(
        patched(".relxdp_legacy", 12, word(0)),
        "insn " + slot + " (r1 = 0 ll): expected a symbol that the object defines");
  }

  @Test
  void maps() {
    refused(
        patched("maps", 0, word(4711)),
        "section maps: map first: expected a known map type, found 4711");
    BpfObject stackTrace = BpfObject.read(patched("maps", 0, word(7)), "odd.o");
    MapException e =
        assertThrows(MapException.class, () -> BpfInstance.create(stackTrace, Engine.JVM));
    assertTrue(
        e.getMessage().contains("map first: expected a map type that can run here"),
        e.getMessage());
    BpfObject huge = BpfObject.read(patched("maps", 12, word(-1)), "huge.o");
    e = assertThrows(MapException.class, () -> BpfInstance.create(huge, Engine.JVM));
    assertTrue(
        e.getMessage().contains("expected 1 or more entries, found 4294967295"), e.getMessage());
  }

  @Test
  void code() {
    refused(
        patched("xdp_legacy", 0, code(new Exit())),
        "section xdp_legacy: insn 1 (",
        "expected code that can be reached, found unreachable code");
    refused(
        patched("xdp_legacy", 0, code(new CallLocal(-1))),
        "insn 0 (call pc-1): expected calls without recursion");
    refused(
        patched("xdp_legacy", 0, code(new Jump(false, 3000))),
        "insn 0 (goto +3000): expected a target",
        "found slot 3001");
    refused(
        patched("xdp_legacy", 0, new byte[] {(byte) 0xff}),
        "section xdp_legacy: insn 0 expected an instruction of RFC 9669, found opcode 0xff");
    refused(
        patched("xdp_legacy", 0, code(new CallLocal(1))),
        "section xdp_legacy: insn 0 (call pc+1): expected the start of a function, found slot 2");
  }

  @Test
  void unknownHelpersAreRefusedWhenAProgramIsLoaded() {
    BpfObject object = BpfObject.read(patched("xdp_legacy", 0, code(new CallHelper(250))), "odd.o");
    for (Engine engine : Engine.values()) {
      try (BpfInstance instance = BpfInstance.create(object, engine)) {
        InvalidProgramException e =
            assertThrows(InvalidProgramException.class, () -> instance.xdp("legacy"));
        assertTrue(
            e.getMessage().contains("section xdp_legacy: insn 0 (call 250): expected a helper"),
            e.getMessage());
      }
    }
  }

  @Test
  void sectionsThatLieAreRefused() {
    byte[] whole = Fixtures.bytes(FIXTURE);
    ByteBuffer in = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    long table = in.getLong(40);
    int count = in.getShort(60);
    for (int field : new int[] {24, 32}) {
      for (int section : IntStream.range(1, count).toArray()) {
        byte[] bytes = whole.clone();
        ByteBuffer.wrap(bytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong((int) table + 64 * section + field, Long.MAX_VALUE - 3);
        refused(bytes, "expected");
      }
    }
  }
}
