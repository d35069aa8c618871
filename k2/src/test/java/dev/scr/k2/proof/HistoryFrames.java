package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.object.ProgramSpec;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Frames with history ({@code docs/wire-format.md}) as inputs of a handler, at random. */
final class HistoryFrames implements Supplier<Counterexample> {
  /** Header of a frame with history, and a TCP segment behind it. */
  private static final int HEADER_BYTES = 40;

  private static final int SEGMENT_BYTES = 54;

  private final SplittableRandom random;
  private final int program;
  private final int slotBytes;

  /** Frames for the program that a handler expects, with slots as long as it expects them. */
  HistoryFrames(ProgramSpec handler, SplittableRandom random) {
    this.random = random;
    this.program = expected(handler, 15);
    this.slotBytes = expected(handler, 19);
  }

  /** The number with which a program compares the byte of the packet at an offset. */
  private static int expected(ProgramSpec spec, int offset) {
    List<Instruction> code = spec.code().instructions();
    for (int i = 0; i + 1 < code.size(); i++) {
      if (code.get(i) instanceof Load load
          && load.size() == MemSize.B
          && load.offset() == offset
          && code.get(i + 1) instanceof Branch branch
          && branch.src() instanceof Imm(int value)) {
        return value;
      }
    }
    throw new IllegalStateException("expected a comparison of byte " + offset);
  }

  /** A frame with up to seven packets of history, of three kinds. */
  @Override
  public Counterexample get() {
    int slots = 1 + random.nextInt(7);
    int valid = random.nextInt(slots + 1);
    ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + slots * slotBytes + SEGMENT_BYTES);
    frame.putShort(12, (short) 0x88b5).put(14, (byte) 1).put(15, (byte) program);
    frame.put(18, (byte) slots).put(19, (byte) slotBytes);
    frame.put(20, (byte) random.nextInt(slots)).put(21, (byte) valid);
    frame.putInt(24, 1 + random.nextInt(valid + 3)).putShort(28, (short) SEGMENT_BYTES);
    byte[][] kinds = new byte[3][slotBytes];
    for (byte[] kind : kinds) {
      random.nextBytes(kind);
      kind[0] = 10;
      kind[slotBytes - 1] = 0;
    }
    for (int slot = 0; slot < slots; slot++) {
      frame.put(HEADER_BYTES + slot * slotBytes, kinds[random.nextInt(kinds.length)]);
    }
    int packet = HEADER_BYTES + slots * slotBytes;
    frame.putShort(packet + 12, (short) 0x800).put(packet + 14, (byte) 0x45);
    frame.putShort(packet + 16, (short) 40).put(packet + 23, (byte) 6);
    frame.put(packet + 26, kinds[0], 0, 4).put(packet + 46, (byte) 0x50);
    return new Counterexample(
        HexFormat.of().formatHex(frame.array()), 1, 0, List.of(), List.of(), 0, 1, false);
  }
}
