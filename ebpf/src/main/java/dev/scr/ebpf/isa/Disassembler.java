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
import java.util.Locale;

/**
 * Instructions as text, in the form of {@code llvm-objdump} with decimal constants. {@link
 * Assembler} reads it back.
 */
public final class Disassembler {
  private Disassembler() {}

  /** One instruction as text; jump targets are relative ({@code goto +3}). */
  public static String text(Instruction insn) {
    return switch (insn) {
      case Alu alu -> alu(alu);
      case Swap(SwapOp op, Reg dst) -> dst + " = " + op.symbol() + " " + dst;
      case Load(MemSize size, boolean signed, Reg dst, Reg base, short offset) ->
          dst + " = " + access(size, signed, base, offset);
      case Store(MemSize size, Reg base, short offset, Operand src) ->
          access(size, false, base, offset) + " = " + operand(Width.W64, src);
      case Atomic atomic -> atomic(atomic);
      case LoadWide wide -> wide.dst() + " = " + wide(wide) + " ll";
      case LoadAbsolute(MemSize size, int offset) ->
          "r0 = *(" + type(size) + " *)skb[" + offset + "]";
      case LoadIndirect(MemSize size, Reg index, int offset) ->
          "r0 = *(" + type(size) + " *)skb[" + index + (offset == 0 ? "" : signed(offset)) + "]";
      case Jump(boolean wide, int offset) -> (wide ? "gotol " : "goto ") + plus(offset);
      case Branch(Width width, JmpOp op, Reg dst, Operand src, short offset) ->
          "if "
              + dst.name(width)
              + " "
              + op.symbol()
              + " "
              + operand(width, src)
              + " goto "
              + plus(offset);
      case CallHelper(int helper) -> "call " + helper;
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
    if (alu.op().signExtends()) {
      return dst + " = " + alu.op().symbol() + operand(width, alu.src());
    }
    return dst + " " + alu.op().symbol() + " " + operand(width, alu.src());
  }

  private static String atomic(Atomic atomic) {
    MemSize size = atomic.width() == Width.W64 ? MemSize.DW : MemSize.W;
    String src = atomic.src().name(atomic.width());
    String place = atomic.base() + signed(atomic.offset());
    String pointer = "(" + type(size) + " *)(" + place + ")";
    String suffix = atomic.width() == Width.W64 ? "_64" : "32_32";
    return switch (atomic.op()) {
      case ADD, OR, AND, XOR -> "lock *" + pointer + " " + atomic.op().symbol() + " " + src;
      case FETCH_ADD, FETCH_OR, FETCH_AND, FETCH_XOR ->
          src + " = atomic_fetch_" + atomic.op().mnemonic() + "(" + pointer + ", " + src + ")";
      case XCHG -> src + " = xchg" + suffix + "(" + place + ", " + src + ")";
      case CMPXCHG -> {
        String r0 = Reg.R0.name(atomic.width());
        yield r0 + " = cmpxchg" + suffix + "(" + place + ", " + r0 + ", " + src + ")";
      }
    };
  }

  private static String wide(LoadWide wide) {
    return switch (wide.source()) {
      case CONSTANT -> Long.toString(wide.value());
      case MAP_FD -> "map[fd:" + wide.imm() + "]";
      case MAP_FD_VALUE -> "map[fd:" + wide.imm() + "][0]" + plus(wide.nextImm());
      case VARIABLE -> "btf[id:" + wide.imm() + "]";
      case CODE -> "code[" + plus(wide.imm()) + "]";
      case MAP_INDEX -> "map[idx:" + wide.imm() + "]";
      case MAP_INDEX_VALUE -> "map[idx:" + wide.imm() + "][0]" + plus(wide.nextImm());
    };
  }

  private static String access(MemSize size, boolean signed, Reg base, short offset) {
    String type = signed ? type(size).replace('u', 's') : type(size);
    return "*(" + type + " *)(" + base + signed(offset) + ")";
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
