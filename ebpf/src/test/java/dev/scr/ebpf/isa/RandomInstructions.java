package dev.scr.ebpf.isa;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Every form of every instruction, and random ones. */
public final class RandomInstructions {
  private RandomInstructions() {}

  /** One instruction of each row and form. */
  public static List<Instruction> everyForm(RandomGenerator random) {
    List<Instruction> forms = new ArrayList<>();
    for (Width width : Width.values()) {
      for (AluOp op : AluOp.values()) {
        for (Operand src : List.of(reg(random), imm(random), Imm.ZERO)) {
          if (op.accepts(width, src)) {
            forms.add(new Instruction.Alu(width, op, reg(random), src));
          }
        }
      }
      for (JmpOp op : JmpOp.values()) {
        forms.add(new Instruction.Branch(width, op, reg(random), reg(random), offset(random)));
        forms.add(new Instruction.Branch(width, op, reg(random), imm(random), offset(random)));
      }
      for (AtomicOp op : AtomicOp.values()) {
        forms.add(new Instruction.Atomic(width, op, reg(random), offset(random), reg(random)));
      }
    }
    for (SwapOp op : SwapOp.values()) {
      forms.add(new Instruction.Swap(op, reg(random)));
    }
    for (MemSize size : MemSize.values()) {
      forms.add(new Instruction.Load(size, false, reg(random), reg(random), offset(random)));
      forms.add(new Instruction.Store(size, reg(random), offset(random), reg(random)));
      forms.add(new Instruction.Store(size, reg(random), offset(random), imm(random)));
      if (size != MemSize.DW) {
        forms.add(new Instruction.Load(size, true, reg(random), reg(random), offset(random)));
        forms.add(new Instruction.LoadAbsolute(size, random.nextInt()));
        forms.add(new Instruction.LoadIndirect(size, reg(random), random.nextInt()));
      }
    }
    for (WideSource source : WideSource.values()) {
      int second = source.usesSecondImmediate() ? random.nextInt() : 0;
      forms.add(new Instruction.LoadWide(reg(random), source, random.nextInt(), second));
    }
    forms.add(new Instruction.Jump(false, offset(random)));
    forms.add(new Instruction.Jump(true, random.nextInt()));
    forms.add(new Instruction.CallHelper(random.nextInt()));
    forms.add(new Instruction.CallLocal(random.nextInt()));
    forms.add(new Instruction.CallKernel(random.nextInt(), offset(random)));
    forms.add(new Instruction.CallKernel(random.nextInt(), (short) 0));
    forms.add(new Instruction.CallRegister(reg(random)));
    forms.add(new Instruction.Exit());
    return forms;
  }

  static Reg reg(RandomGenerator random) {
    return Reg.of(random.nextInt(Reg.COUNT));
  }

  static Imm imm(RandomGenerator random) {
    return new Imm(random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(-9, 9));
  }

  static short offset(RandomGenerator random) {
    return (short) (random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(-9, 9));
  }
}
