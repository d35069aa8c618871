package dev.scr.k2.validate;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelRefusal;
import java.util.List;

/**
 * What a kernel understands and accepts, as far as an optimizer can use it. Of the running kernel,
 * each is found out by loading a small program.
 *
 * @param known false where the kernel could not be asked, so that nothing is assumed
 * @param branches less-than jumps with either order (instruction set v2, Linux 4.14)
 * @param words32 32-bit jumps (v3, Linux 5.1)
 * @param signExtending sign-extending moves and loads (v4, Linux 6.6)
 * @param atomics atomic operations that fetch (Linux 5.12)
 * @param contextImmediates constants stored to the context (Linux 6.3)
 * @param unalignedPackets accesses of packets at any offset, as on x86
 * @param arrayHits whether the verifier knows that an index in range of an array is found
 */
public record KernelFeatures(
    boolean known,
    boolean branches,
    boolean words32,
    boolean signExtending,
    boolean atomics,
    boolean contextImmediates,
    boolean unalignedPackets,
    boolean arrayHits) {
  /** What every kernel that runs BPF accepts. */
  public static final KernelFeatures NONE =
      new KernelFeatures(false, false, false, false, false, false, false, false);

  private static final List<MapSpec> MAPS = List.of(MapSpec.of("probe", MapType.ARRAY, 4, 8, 1));
  private static final Exit EXIT = new Exit();
  private static final Reg R2 = Reg.of(2);
  private static final Reg R3 = Reg.of(3);
  private static final Reg R4 = Reg.of(4);

  /** Asks the running kernel; {@link #NONE} without privileges. */
  public static KernelFeatures ofThisKernel() {
    try (KernelInstance kernel = KernelInstance.builder(MAPS).build()) {
      if (!accepts(kernel, ProgramType.SOCKET_FILTER, set(Reg.R0, 0), EXIT)) {
        return NONE;
      }
      return new KernelFeatures(
          true,
          jumps(kernel, Width.W64),
          jumps(kernel, Width.W32),
          accepts(
              kernel,
              ProgramType.SOCKET_FILTER,
              set(Reg.R1, 128),
              new Alu(Width.W64, AluOp.MOVSX8, Reg.R0, Reg.R1),
              EXIT),
          accepts(
              kernel,
              ProgramType.SOCKET_FILTER,
              new Store(MemSize.DW, Reg.FP, (short) -8, new Imm(0)),
              set(Reg.R0, 1),
              new Atomic(Width.W64, AtomicOp.FETCH_ADD, Reg.FP, (short) -8, Reg.R0),
              EXIT),
          accepts(
              kernel,
              ProgramType.TC,
              new Store(MemSize.W, Reg.R1, (short) 8, new Imm(0)),
              set(Reg.R0, 0),
              EXIT),
          unaligned(kernel),
          hits(kernel));
    } catch (KernelRefusal _) {
      return NONE;
    }
  }

  private static boolean jumps(KernelInstance kernel, Width width) {
    return accepts(
        kernel,
        ProgramType.SOCKET_FILTER,
        set(Reg.R0, 0),
        new Branch(width, JmpOp.JLT, Reg.R0, new Imm(1), (short) 0),
        EXIT);
  }

  private static boolean unaligned(KernelInstance kernel) {
    return accepts(
        kernel,
        ProgramType.XDP,
        new Load(MemSize.W, false, R2, Reg.R1, (short) 0),
        new Load(MemSize.W, false, R3, Reg.R1, (short) 4),
        set(Reg.R0, 1),
        new Alu(Width.W64, AluOp.MOV, R4, R2),
        new Alu(Width.W64, AluOp.ADD, R4, new Imm(14)),
        new Branch(Width.W64, JmpOp.JGT, R4, R3, (short) 1),
        new Load(MemSize.DW, false, R4, R2, (short) 3),
        EXIT);
  }

  private static boolean hits(KernelInstance kernel) {
    return accepts(
        kernel,
        ProgramType.SOCKET_FILTER,
        new Store(MemSize.W, Reg.FP, (short) -4, new Imm(0)),
        new Alu(Width.W64, AluOp.MOV, R2, Reg.FP),
        new Alu(Width.W64, AluOp.ADD, R2, new Imm(-4)),
        new LoadWide(Reg.R1, WideSource.MAP_INDEX, 0, 0),
        new CallHelper(1),
        new Load(MemSize.W, false, Reg.R0, Reg.R0, (short) 0),
        EXIT);
  }

  private static Instruction set(Reg register, int value) {
    return new Alu(Width.W64, AluOp.MOV, register, new Imm(value));
  }

  private static boolean accepts(
      KernelInstance kernel, ProgramType type, Instruction... instructions) {
    try {
      kernel.program(ProgramSpec.of("probe", type, List.of(instructions), MAPS));
      return true;
    } catch (KernelRefusal _) {
      return false;
    }
  }
}
