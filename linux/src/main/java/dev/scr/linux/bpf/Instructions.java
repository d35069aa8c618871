package dev.scr.linux.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The few programs that this module itself hands to the kernel, in its encoding. Module {@code
 * ebpf} is the real assembler.
 */
public final class Instructions {
  private Instructions() {}

  /** {@code opcode:8 dst:4 src:4 offset:16 imm:32}, little-endian. */
  public static long instruction(int opcode, int dst, int src, int offset, int immediate) {
    return (opcode & 0xffL)
        | ((dst & 0xfL) << 8)
        | ((src & 0xfL) << 12)
        | ((offset & 0xffffL) << 16)
        | ((immediate & 0xffff_ffffL) << 32);
  }

  /** The bytes of a program. */
  public static byte[] program(long... instructions) {
    ByteBuffer bytes =
        ByteBuffer.allocate(instructions.length * ProgramSpec.INSTRUCTION_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (long instruction : instructions) {
      bytes.putLong(instruction);
    }
    return bytes.array();
  }

  /** {@code dst = immediate}. */
  public static long move(int dst, int immediate) {
    return instruction(0xb7, dst, 0, 0, immediate);
  }

  public static long exit() {
    return instruction(0x95, 0, 0, 0, 0);
  }
}
