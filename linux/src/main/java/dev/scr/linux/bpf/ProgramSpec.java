package dev.scr.linux.bpf;

import java.util.Optional;

/**
 * A program to be loaded.
 *
 * @param instructions in the kernel's encoding, 8 bytes each, little-endian; a map is referred to
 *     by its descriptor ({@link #withMap})
 * @param expectedAttachType {@code enum bpf_attach_type}, 0 where the type has only one
 * @param flags {@code BPF_F_…} of the kernel's header
 * @param name what {@code bpftool prog} shows; cut to 15 characters
 * @param license "GPL" and the like open helpers that others don't get
 * @param debug functions and lines in BTF
 */
@SuppressWarnings("ArrayRecordComponent") // Copied on the way in and never changed.
public record ProgramSpec(
    ProgramType type,
    byte[] instructions,
    int expectedAttachType,
    int flags,
    String name,
    String license,
    Optional<Debug> debug) {
  public static final int INSTRUCTION_BYTES = 8;

  /** {@code BPF_LD | BPF_IMM | BPF_DW}: loads 64 bits from two slots. */
  private static final int LOAD_WIDE = 0x18;

  private static final int SOURCE_MAP = 1;
  private static final int SOURCE_MAP_VALUE = 2;

  /**
   * The records that {@code .BTF.ext} holds for this program, with instruction offsets in slots
   * from its start. Programs with callbacks need the functions.
   *
   * @param functionRecordBytes size of one record in {@code functions}
   */
  @SuppressWarnings("ArrayRecordComponent") // Handed to the kernel as they are.
  public record Debug(
      KernelBtf btf,
      int functionRecordBytes,
      byte[] functions,
      int lineRecordBytes,
      byte[] lines) {}

  public ProgramSpec {
    if (instructions.length == 0 || instructions.length % INSTRUCTION_BYTES != 0) {
      throw new IllegalArgumentException(
          "program "
              + name
              + ": expected a multiple of 8 bytes of instructions, found "
              + instructions.length);
    }
    instructions = instructions.clone();
  }

  /** One with nothing special. */
  public static ProgramSpec of(String name, ProgramType type, String license, byte[] instructions) {
    return new ProgramSpec(type, instructions, 0, 0, name, license, Optional.empty());
  }

  /** The instructions, copied. */
  @Override
  public byte[] instructions() {
    return instructions.clone();
  }

  public int slots() {
    return instructions.length / INSTRUCTION_BYTES;
  }

  public ProgramSpec withDebug(Debug debug) {
    return new ProgramSpec(
        type, instructions, expectedAttachType, flags, name, license, Optional.of(debug));
  }

  public ProgramSpec withFlags(int flags) {
    return new ProgramSpec(type, instructions, expectedAttachType, flags, name, license, debug);
  }

  public ProgramSpec withExpectedAttachType(int attachType) {
    return new ProgramSpec(type, instructions, attachType, flags, name, license, debug);
  }

  /** Makes the two-slot load at {@code slot} load a reference to {@code map}. */
  public ProgramSpec withMap(int slot, BpfMap map) {
    return patched(slot, SOURCE_MAP, map.fd(), 0);
  }

  /**
   * Makes the two-slot load at {@code slot} load the address of a byte of the only value of {@code
   * map}.
   */
  public ProgramSpec withMapValue(int slot, BpfMap map, int offset) {
    return patched(slot, SOURCE_MAP_VALUE, map.fd(), offset);
  }

  private ProgramSpec patched(int slot, int source, int low, int high) {
    if (slot < 0 || slot + 1 >= slots()) {
      throw new IllegalArgumentException(
          "program "
              + name
              + ": insn "
              + slot
              + ": expected 0.."
              + (slots() - 2)
              + " for a two-slot load");
    }
    int at = slot * INSTRUCTION_BYTES;
    if ((instructions[at] & 0xff) != LOAD_WIDE) {
      throw new IllegalArgumentException(
          "program %s: insn %d: expected a two-slot load (opcode 0x18), found opcode 0x%02x"
              .formatted(name, slot, instructions[at] & 0xff));
    }
    byte[] patched = instructions.clone();
    patched[at + 1] = (byte) ((patched[at + 1] & 0x0f) | (source << 4));
    putInt(patched, at + 4, low);
    putInt(patched, at + INSTRUCTION_BYTES + 4, high);
    return new ProgramSpec(type, patched, expectedAttachType, flags, name, license, debug);
  }

  private static void putInt(byte[] bytes, int at, int value) {
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = (byte) (value >>> (8 * i));
    }
  }

  /** For messages: {@code program xdp_ddos (XDP, 42 slots)}. */
  @Override
  public String toString() {
    return "program " + name + " (" + type + ", " + slots() + " slots)";
  }
}
