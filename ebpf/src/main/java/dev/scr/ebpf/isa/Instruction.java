package dev.scr.ebpf.isa;

/**
 * One instruction as RFC 9669 describes it. Jump offsets count 8-byte slots from the end of the
 * instruction, as in the encoding. {@code toString} is the text that {@code llvm-objdump} prints.
 */
public sealed interface Instruction {

  /** Number of 8-byte slots: two for LDDW, else one. */
  default int slots() {
    return this instanceof LoadWide ? 2 : 1;
  }

  /** {@code dst = dst op src}; NEG has {@link Imm#ZERO} as its source. */
  record Alu(Width width, AluOp op, Reg dst, Operand src) implements Instruction {
    /** Checks that the operation exists in this form. */
    public Alu {
      if (!op.accepts(width, src)) {
        throw new InvalidInstructionException(
            -1, "(" + op + "): expected source " + op.source() + ", found " + src + " at " + width);
      }
    }

    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /** {@code dst = swap(dst)}. */
  record Swap(SwapOp op, Reg dst) implements Instruction {
    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /** {@code dst = *(size *) (base + offset)}, zero- or sign-extended. */
  record Load(MemSize size, boolean signed, Reg dst, Reg base, short offset)
      implements Instruction {
    /** Checks that a signed load is narrower than a register. */
    public Load {
      if (signed && size == MemSize.DW) {
        throw new InvalidInstructionException(
            -1, "(sign-extending load): expected size B, H or W, found DW");
      }
    }

    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /** {@code *(size *) (base + offset) = src}. */
  record Store(MemSize size, Reg base, short offset, Operand src) implements Instruction {
    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /**
   * {@code *(base + offset) = *(base + offset) op src}, and the old value into a register if the
   * operation fetches.
   */
  record Atomic(Width width, AtomicOp op, Reg base, short offset, Reg src) implements Instruction {
    /** The register that receives the old value; meaningful if the operation fetches. */
    public Reg result() {
      return op == AtomicOp.CMPXCHG ? Reg.R0 : src;
    }

    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /** {@code dst = } a 64-bit constant of one of the kinds of {@link WideSource}. */
  record LoadWide(Reg dst, WideSource source, int imm, int nextImm) implements Instruction {
    /** Checks that an unused second immediate is zero. */
    public LoadWide {
      if (!source.usesSecondImmediate() && nextImm != 0) {
        throw new InvalidInstructionException(
            -1, "(lddw " + source + "): expected second immediate 0, found " + nextImm);
      }
    }

    /** A plain constant. */
    public static LoadWide constant(Reg dst, long value) {
      return new LoadWide(dst, WideSource.CONSTANT, (int) value, (int) (value >> 32));
    }

    /** The two immediates as one number. */
    public long value() {
      return (imm & 0xffff_ffffL) | ((long) nextImm << 32);
    }

    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /**
   * Legacy packet load: {@code r0 = } big-endian value at {@code offset} of the packet; ends the
   * program if outside.
   */
  record LoadAbsolute(MemSize size, int offset) implements Instruction {
    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /** As {@link LoadAbsolute}, at {@code index + offset}. */
  record LoadIndirect(MemSize size, Reg index, int offset) implements Instruction {
    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /** Unconditional jump; {@code wide} is {@code gotol}, whose offset has 32 bits. */
  record Jump(boolean wide, int offset) implements Instruction {
    /** Checks the range of a short jump. */
    public Jump {
      if (!wide && offset != (short) offset) {
        throw new InvalidInstructionException(
            -1, "(goto): expected an offset of 16 bits, found " + offset + "; use gotol");
      }
    }

    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /** {@code if (dst op src) goto offset}. */
  record Branch(Width width, JmpOp op, Reg dst, Operand src, short offset) implements Instruction {
    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /** Call of a helper by its number. */
  record CallHelper(int helper) implements Instruction {
    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /** Call of a sub-program at a distance in slots. */
  record CallLocal(int offset) implements Instruction {
    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /**
   * Call of a kernel function by BTF id; {@code module} is an index into the list of module BTFs.
   */
  record CallKernel(int btfId, short module) implements Instruction {
    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /**
   * Call of the helper whose number is in a register. Linux refuses it; other runtimes and the
   * public vectors use it.
   */
  record CallRegister(Reg helper) implements Instruction {
    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }

  /** Return from the program or sub-program with r0. */
  record Exit() implements Instruction {
    @Override
    public String toString() {
      return Disassembler.text(this);
    }
  }
}
