package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Width;

/**
 * Time of instructions, in tenths of the time of a simple one. A sum of such times says little
 * about the time of a program on a machine that executes out of order; it tells cheap from dear,
 * which is what a search needs: an atomic addition is dearer than the load, addition and store that
 * it replaces, and a division dearer than the multiplications or shifts that do the same.
 *
 * @param simple addition, logic, shift, move
 * @param multiplication 32 or 64 bits
 * @param narrowDivision with remainder, 32 bits
 * @param wideDivision with remainder, 64 bits
 * @param swap byte order
 * @param load from the first-level cache
 * @param store to the store buffer
 * @param atomic a locked operation
 * @param constant a 64-bit constant
 */
public record LatencyModel(
    int simple,
    int multiplication,
    int narrowDivision,
    int wideDivision,
    int swap,
    int load,
    int store,
    int atomic,
    int constant)
    implements Cost {

  /**
   * Rough times of an x86-64, after the order of those that K2 was published with: an atomic
   * addition about seventeen simple operations, a 64-bit division fourteen, a multiplication three.
   */
  public static final LatencyModel X86 = new LatencyModel(10, 30, 100, 140, 12, 11, 12, 170, 11);

  /** Each kind takes some time. */
  public LatencyModel {
    if (simple <= 0) {
      throw new IllegalArgumentException("simple: expected a positive time, found " + simple);
    }
  }

  @Override
  public int of(Instruction insn) {
    return switch (insn) {
      case Alu alu -> arithmetic(alu.op(), alu.width());
      case Instruction.Swap _ -> swap;
      case Instruction.Load _ -> load;
      case Instruction.Store _ -> store;
      case Instruction.Atomic _ -> atomic;
      case Instruction.LoadWide _ -> constant;
      case Instruction.LoadAbsolute _, Instruction.LoadIndirect _ -> load + simple;
      case Instruction.Jump _, Instruction.Branch _, Instruction.Exit _ -> simple;
      case Instruction.CallHelper _,
          Instruction.CallLocal _,
          Instruction.CallKernel _,
          Instruction.CallRegister _ ->
          atomic;
    };
  }

  private int arithmetic(AluOp op, Width width) {
    return switch (op) {
      case MUL -> multiplication;
      case DIV, SDIV, MOD, SMOD -> width == Width.W32 ? narrowDivision : wideDivision;
      case ADD, SUB, OR, AND, LSH, RSH, NEG, XOR, MOV, MOVSX8, MOVSX16, MOVSX32, ARSH -> simple;
    };
  }

  @Override
  public int least() {
    return simple;
  }
}
