package dev.scr.ebpf.isa;

import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallKernel;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.CallRegister;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadAbsolute;
import dev.scr.ebpf.isa.Instruction.LoadIndirect;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import java.util.List;
import java.util.Locale;

/** Instructions as text, in one of two dialects. {@link Assembler} reads both back. */
public final class Disassembler {
  /** Whose text it is. */
  public enum Dialect {
    /** {@code llvm-objdump --no-print-imm-hex}. */
    LLVM,
    /** The kernel's verifier log and {@code bpftool prog dump}. */
    KERNEL
  }

  private final Dialect dialect;

  private Disassembler(Dialect dialect) {
    this.dialect = dialect;
  }

  /**
   * One instruction in the dialect of {@code llvm-objdump}; jump targets are relative ({@code goto
   * +3}).
   */
  public static String text(Instruction insn) {
    return text(insn, Dialect.LLVM);
  }

  /** One instruction. */
  public static String text(Instruction insn, Dialect dialect) {
    String text = new Disassembler(dialect).render(insn);
    return dialect == Dialect.LLVM
        ? text
        : String.format(Locale.ROOT, "(%02x) %s", opcode(insn), text);
  }

  /** A program, one line per instruction with its slot. */
  public static String text(InstructionList code, Dialect dialect) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < code.size(); i++) {
      String line = text(code.get(i), dialect);
      text.append(
          dialect == Dialect.LLVM
              ? String.format(Locale.ROOT, "%8d:\t%s%n", code.slot(i), line)
              : String.format(Locale.ROOT, "%d: %s%n", code.slot(i), line));
    }
    return text.toString();
  }

  private static int opcode(Instruction insn) {
    return Codec.encode(List.of(insn))[0] & 0xff;
  }

  private boolean kernel() {
    return dialect == Dialect.KERNEL;
  }

  private String render(Instruction insn) {
    return switch (insn) {
      case Alu alu -> alu(alu);
      case Swap(SwapOp op, Reg dst) -> dst + " = " + op.symbol() + " " + dst;
      case Load(MemSize size, boolean signed, Reg dst, Reg base, short offset) ->
          dst + " = " + access(size, signed, base, offset);
      case Store(MemSize size, Reg base, short offset, Operand src) ->
          access(size, false, base, offset) + " = " + src;
      case Atomic atomic -> kernel() ? kernelAtomic(atomic) : llvmAtomic(atomic);
      case LoadWide wide -> wide.dst() + " = " + wide(wide) + (kernel() ? "" : " ll");
      case LoadAbsolute(MemSize size, int offset) ->
          "r0 = *(" + type(size) + " *)skb[" + offset + "]";
      case LoadIndirect(MemSize size, Reg index, int offset) ->
          "r0 = *(" + type(size) + " *)skb[" + index + (offset == 0 ? "" : signed(offset)) + "]";
      case Jump(boolean wide, int offset) -> (wide ? "gotol " : "goto ") + target(offset);
      case Branch(Width width, JmpOp op, Reg dst, Operand src, short offset) ->
          "if "
              + dst.name(width)
              + " "
              + op.symbol()
              + " "
              + compared(width, src)
              + " goto "
              + target(offset);
      case CallHelper(int helper) -> "call " + (kernel() ? helperName(helper) : helper);
      case CallLocal(int offset) -> "call pc" + plus(offset);
      case CallKernel(int btfId, short module) ->
          "call kernel-function " + btfId + (module == 0 ? "" : " module " + module);
      case CallRegister(Reg helper) -> "callx " + helper;
      case Exit() -> "exit";
    };
  }

  private static String alu(Alu alu) {
    Width width = alu.width();
    String dst = alu.dst().name(width);
    if (alu.op() == AluOp.NEG) {
      return dst + " = -" + dst;
    }
    String gap = alu.op().signExtends() ? "" : " ";
    String operator = alu.op().signExtends() ? "= " + alu.op().symbol() : alu.op().symbol();
    return dst + " " + operator + gap + operand(width, alu.src());
  }

  private String llvmAtomic(Atomic atomic) {
    String src = atomic.src().name(atomic.width());
    String place = atomic.base() + signed(atomic.offset());
    String suffix = atomic.width() == Width.W64 ? "_64" : "32_32";
    return switch (atomic.op()) {
      case ADD, OR, AND, XOR -> "lock *" + pointer(atomic) + " " + atomic.op().symbol() + " " + src;
      case FETCH_ADD, FETCH_OR, FETCH_AND, FETCH_XOR ->
          src
              + " = atomic_fetch_"
              + atomic.op().mnemonic()
              + "("
              + pointer(atomic)
              + ", "
              + src
              + ")";
      case XCHG -> src + " = xchg" + suffix + "(" + place + ", " + src + ")";
      case CMPXCHG -> {
        String r0 = Reg.R0.name(atomic.width());
        yield r0 + " = cmpxchg" + suffix + "(" + place + ", " + r0 + ", " + src + ")";
      }
    };
  }

  private String kernelAtomic(Atomic atomic) {
    String src = atomic.src().toString();
    String name = "atomic" + (atomic.width() == Width.W64 ? "64_" : "_");
    return switch (atomic.op()) {
      case ADD, OR, AND, XOR -> "lock *" + pointer(atomic) + " " + atomic.op().symbol() + " " + src;
      case FETCH_ADD, FETCH_OR, FETCH_AND, FETCH_XOR ->
          src
              + " = "
              + name
              + "fetch_"
              + atomic.op().mnemonic()
              + "("
              + pointer(atomic)
              + ", "
              + src
              + ")";
      case XCHG -> src + " = " + name + "xchg(" + pointer(atomic) + ", " + src + ")";
      case CMPXCHG -> "r0 = " + name + "cmpxchg(" + pointer(atomic) + ", r0, " + src + ")";
    };
  }

  private String pointer(Atomic atomic) {
    MemSize size = atomic.width() == Width.W64 ? MemSize.DW : MemSize.W;
    return "(" + type(size) + " *)(" + place(atomic.base(), atomic.offset()) + ")";
  }

  private String wide(LoadWide wide) {
    return switch (wide.source()) {
      case CONSTANT ->
          kernel() ? "0x" + Long.toHexString(wide.value()) : Long.toString(wide.value());
      case MAP_FD -> "map[fd:" + wide.imm() + "]";
      case MAP_FD_VALUE -> "map[fd:" + wide.imm() + "][0]" + plus(wide.nextImm());
      case VARIABLE -> "btf[id:" + wide.imm() + "]";
      case CODE -> "code[" + plus(wide.imm()) + "]";
      case MAP_INDEX -> "map[idx:" + wide.imm() + "]";
      case MAP_INDEX_VALUE -> "map[idx:" + wide.imm() + "][0]" + plus(wide.nextImm());
    };
  }

  private static String helperName(int number) {
    return Helper.ofNumber(number).map(helper -> "bpf_" + helper).orElse("unknown") + "#" + number;
  }

  private String access(MemSize size, boolean signed, Reg base, short offset) {
    String type = signed ? type(size).replace('u', 's') : type(size);
    return "*(" + type + " *)(" + place(base, offset) + ")";
  }

  private String place(Reg base, short offset) {
    return base + (kernel() ? " " + plus(offset) : signed(offset));
  }

  private String compared(Width width, Operand operand) {
    return kernel() && operand instanceof Imm(int value)
        ? "0x" + Integer.toHexString(value)
        : operand(width, operand);
  }

  private String target(int offset) {
    return (kernel() ? "pc" : "") + plus(offset);
  }

  private static String operand(Width width, Operand operand) {
    return switch (operand) {
      case Reg reg -> reg.name(width);
      case Imm imm -> imm.toString();
    };
  }

  private static String type(MemSize size) {
    return "u" + size.bits();
  }

  private static String plus(int offset) {
    return String.format(Locale.ROOT, "%+d", offset);
  }

  private static String signed(int offset) {
    return offset < 0 ? " - " + -(long) offset : " + " + offset;
  }
}
