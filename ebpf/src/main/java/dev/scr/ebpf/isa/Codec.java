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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes to instructions and back, RFC 9669 section 3, little-endian. Decoding is strict: whatever
 * decodes encodes to the same bytes, so a field that an instruction does not use must be zero.
 */
public final class Codec {
  /** Bytes of a slot. */
  public static final int SLOT_BYTES = 8;

  static final int CLASS_LD = 0;
  static final int CLASS_LDX = 1;
  static final int CLASS_ST = 2;
  static final int CLASS_STX = 3;
  static final int CLASS_ALU = 4;
  static final int CLASS_JMP = 5;
  static final int CLASS_JMP32 = 6;
  static final int CLASS_ALU64 = 7;

  private static final int MODE_ABS = 0x20;
  private static final int MODE_IND = 0x40;
  private static final int MODE_MEM = 0x60;
  private static final int MODE_MEMSX = 0x80;
  private static final int MODE_ATOMIC = 0xc0;

  private static final int SOURCE_REGISTER = 0x08;
  private static final int OPCODE_LDDW = 0x18;
  private static final int OPCODE_JA = 0x05;
  private static final int OPCODE_JA32 = 0x06;
  private static final int OPCODE_CALL = 0x85;
  private static final int OPCODE_CALLX = 0x8d;
  private static final int OPCODE_EXIT = 0x95;

  /** The five fields of a slot. */
  record Fields(int opcode, int dst, int src, short offset, int imm) {
    static Fields read(ByteBuffer in, int at) {
      int registers = in.get(at + 1) & 0xff;
      return new Fields(
          in.get(at) & 0xff,
          registers & 15,
          registers >> 4,
          in.getShort(at + 2),
          in.getInt(at + 4));
    }

    void write(ByteBuffer out) {
      out.put((byte) opcode).put((byte) (src << 4 | dst)).putShort(offset).putInt(imm);
    }

    @Override
    public String toString() {
      return String.format(
          java.util.Locale.ROOT,
          "opcode 0x%02x dst %d src %d off %d imm %d",
          opcode,
          dst,
          src,
          offset,
          imm);
    }
  }

  private Codec() {}

  /** Decodes a whole number of slots. */
  public static List<Instruction> decode(byte[] bytes) {
    if (bytes.length % SLOT_BYTES != 0) {
      throw new InvalidInstructionException(
          bytes.length / SLOT_BYTES,
          "expected a multiple of 8 bytes, found " + bytes.length + " bytes of instructions");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<Instruction> instructions = new ArrayList<>(bytes.length / SLOT_BYTES);
    for (int at = 0; at < bytes.length; ) {
      Instruction insn = decodeAt(in, at);
      instructions.add(insn);
      at += insn.slots() * SLOT_BYTES;
    }
    return List.copyOf(instructions);
  }

  /** Encodes instructions one after the other. */
  public static byte[] encode(List<Instruction> instructions) {
    int slots = instructions.stream().mapToInt(Instruction::slots).sum();
    ByteBuffer out = ByteBuffer.allocate(slots * SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Instruction insn : instructions) {
      fields(insn).write(out);
      if (insn instanceof LoadWide wide) {
        new Fields(0, 0, 0, (short) 0, wide.nextImm()).write(out);
      }
    }
    return out.array();
  }

  private static Instruction decodeAt(ByteBuffer in, int at) {
    int slot = at / SLOT_BYTES;
    Fields fields = Fields.read(in, at);
    Fields next = null;
    if (fields.opcode() == OPCODE_LDDW) {
      if (at + 2 * SLOT_BYTES > in.limit()) {
        throw new InvalidInstructionException(
            slot, "(lddw): expected two slots, found the end of the program");
      }
      next = Fields.read(in, at + SLOT_BYTES);
      if (next.opcode() != 0 || next.dst() != 0 || next.src() != 0 || next.offset() != 0) {
        throw new InvalidInstructionException(
            slot, "(lddw): expected a second slot with only an immediate, found " + next);
      }
    }
    Instruction insn;
    try {
      insn = instruction(fields, next == null ? 0 : next.imm());
    } catch (InvalidInstructionException e) {
      throw new InvalidInstructionException(slot, e.what());
    }
    Fields canonical = fields(insn);
    if (!canonical.equals(fields)) {
      throw new InvalidInstructionException(
          slot,
          "(" + insn + "): expected unused fields to be zero (" + canonical + "), found " + fields);
    }
    return insn;
  }

  private static Instruction instruction(Fields f, int nextImm) {
    return switch (f.opcode() & 7) {
      case CLASS_LD -> loadFixed(f, nextImm);
      case CLASS_LDX -> load(f);
      case CLASS_ST -> {
        require(f, (f.opcode() & 0xe0) == MODE_MEM);
        yield new Store(
            MemSize.ofOpcode(f.opcode()), Reg.of(f.dst()), f.offset(), new Imm(f.imm()));
      }
      case CLASS_STX -> store(f);
      case CLASS_ALU, CLASS_ALU64 -> alu(f);
      case CLASS_JMP, CLASS_JMP32 -> jump(f);
      default -> throw unknown(f);
    };
  }

  private static Instruction loadFixed(Fields f, int nextImm) {
    if (f.opcode() == OPCODE_LDDW) {
      for (WideSource source : WideSource.values()) {
        if (source.code() == f.src()) {
          return new LoadWide(Reg.of(f.dst()), source, f.imm(), nextImm);
        }
      }
      throw new InvalidInstructionException(
          -1, "(lddw): expected a source kind 0 to 6, found " + f.src());
    }
    MemSize size = MemSize.ofOpcode(f.opcode());
    require(f, size != MemSize.DW);
    return switch (f.opcode() & 0xe0) {
      case MODE_ABS -> new LoadAbsolute(size, f.imm());
      case MODE_IND -> new LoadIndirect(size, Reg.of(f.src()), f.imm());
      default -> throw unknown(f);
    };
  }

  private static Instruction load(Fields f) {
    MemSize size = MemSize.ofOpcode(f.opcode());
    int mode = f.opcode() & 0xe0;
    require(f, mode == MODE_MEM || (mode == MODE_MEMSX && size != MemSize.DW));
    return new Load(size, mode == MODE_MEMSX, Reg.of(f.dst()), Reg.of(f.src()), f.offset());
  }

  private static Instruction store(Fields f) {
    MemSize size = MemSize.ofOpcode(f.opcode());
    return switch (f.opcode() & 0xe0) {
      case MODE_MEM -> new Store(size, Reg.of(f.dst()), f.offset(), Reg.of(f.src()));
      case MODE_ATOMIC -> {
        require(f, size == MemSize.W || size == MemSize.DW);
        Width width = size == MemSize.DW ? Width.W64 : Width.W32;
        for (AtomicOp op : AtomicOp.values()) {
          if (op.code() == f.imm()) {
            yield new Atomic(width, op, Reg.of(f.dst()), f.offset(), Reg.of(f.src()));
          }
        }
        throw new InvalidInstructionException(
            -1, "(atomic): expected an operation of RFC 9669 section 5.3, found imm " + f.imm());
      }
      default -> throw unknown(f);
    };
  }

  private static Instruction alu(Fields f) {
    for (SwapOp op : SwapOp.values()) {
      if (op.kind().opcode() == f.opcode() && op.bits() == f.imm()) {
        return new Swap(op, Reg.of(f.dst()));
      }
    }
    Width width = (f.opcode() & 7) == CLASS_ALU64 ? Width.W64 : Width.W32;
    Operand src = operand(f);
    for (AluOp op : AluOp.values()) {
      if (op.code() == f.opcode() >> 4 && op.offset() == f.offset()) {
        // An unused source is compared with zero by the caller, so it is not looked at here.
        Operand meant = op.source() == AluOp.Source.NONE ? Imm.ZERO : src;
        return new Alu(width, op, Reg.of(f.dst()), meant);
      }
    }
    throw unknown(f);
  }

  private static Instruction jump(Fields f) {
    return switch (f.opcode()) {
      case OPCODE_JA -> new Jump(false, f.offset());
      case OPCODE_JA32 -> new Jump(true, f.imm());
      case OPCODE_EXIT -> new Exit();
      case OPCODE_CALLX -> new CallRegister(Reg.of(f.dst()));
      case OPCODE_CALL -> call(f);
      default -> {
        Width width = (f.opcode() & 7) == CLASS_JMP ? Width.W64 : Width.W32;
        for (JmpOp op : JmpOp.values()) {
          if (op.code() == f.opcode() >> 4) {
            yield new Branch(width, op, Reg.of(f.dst()), operand(f), f.offset());
          }
        }
        throw unknown(f);
      }
    };
  }

  private static Instruction call(Fields f) {
    return switch (f.src()) {
      case 0 -> new CallHelper(f.imm());
      case 1 -> new CallLocal(f.imm());
      case 2 -> new CallKernel(f.imm(), f.offset());
      default ->
          throw new InvalidInstructionException(
              -1, "(call): expected kind 0, 1 or 2, found " + f.src());
    };
  }

  private static Operand operand(Fields f) {
    return (f.opcode() & SOURCE_REGISTER) != 0 ? Reg.of(f.src()) : new Imm(f.imm());
  }

  private static void require(Fields f, boolean known) {
    if (!known) {
      throw unknown(f);
    }
  }

  private static InvalidInstructionException unknown(Fields f) {
    return new InvalidInstructionException(-1, "expected an instruction of RFC 9669, found " + f);
  }

  private static Fields fields(Instruction insn) {
    return switch (insn) {
      case Alu(Width width, AluOp op, Reg dst, Operand src) ->
          operation(
              width == Width.W64 ? CLASS_ALU64 : CLASS_ALU,
              op.code(),
              dst,
              src,
              (short) op.offset());
      case Swap(SwapOp op, Reg dst) ->
          new Fields(op.kind().opcode(), dst.number(), 0, (short) 0, op.bits());
      case Load(MemSize size, boolean signed, Reg dst, Reg base, short offset) ->
          new Fields(
              CLASS_LDX | size.code() | (signed ? MODE_MEMSX : MODE_MEM),
              dst.number(),
              base.number(),
              offset,
              0);
      case Store(MemSize size, Reg base, short offset, Reg src) ->
          new Fields(CLASS_STX | size.code() | MODE_MEM, base.number(), src.number(), offset, 0);
      case Store(MemSize size, Reg base, short offset, Imm imm) ->
          new Fields(CLASS_ST | size.code() | MODE_MEM, base.number(), 0, offset, imm.value());
      case Atomic(Width width, AtomicOp op, Reg base, short offset, Reg src) -> {
        MemSize size = width == Width.W64 ? MemSize.DW : MemSize.W;
        yield new Fields(
            CLASS_STX | size.code() | MODE_ATOMIC, base.number(), src.number(), offset, op.code());
      }
      case LoadWide(Reg dst, WideSource source, int imm, int _) ->
          new Fields(OPCODE_LDDW, dst.number(), source.code(), (short) 0, imm);
      case LoadAbsolute(MemSize size, int offset) ->
          new Fields(CLASS_LD | size.code() | MODE_ABS, 0, 0, (short) 0, offset);
      case LoadIndirect(MemSize size, Reg index, int offset) ->
          new Fields(CLASS_LD | size.code() | MODE_IND, 0, index.number(), (short) 0, offset);
      case Jump(boolean wide, int offset) ->
          wide
              ? new Fields(OPCODE_JA32, 0, 0, (short) 0, offset)
              : new Fields(OPCODE_JA, 0, 0, (short) offset, 0);
      case Branch(Width width, JmpOp op, Reg dst, Operand src, short offset) ->
          operation(width == Width.W64 ? CLASS_JMP : CLASS_JMP32, op.code(), dst, src, offset);
      case CallHelper(int helper) -> new Fields(OPCODE_CALL, 0, 0, (short) 0, helper);
      case CallLocal(int offset) -> new Fields(OPCODE_CALL, 0, 1, (short) 0, offset);
      case CallKernel(int btfId, short module) -> new Fields(OPCODE_CALL, 0, 2, module, btfId);
      case CallRegister(Reg helper) -> new Fields(OPCODE_CALLX, helper.number(), 0, (short) 0, 0);
      case Exit() -> new Fields(OPCODE_EXIT, 0, 0, (short) 0, 0);
    };
  }

  private static Fields operation(int type, int code, Reg dst, Operand src, short offset) {
    int opcode = type | code << 4;
    return switch (src) {
      case Reg reg -> new Fields(opcode | SOURCE_REGISTER, dst.number(), reg.number(), offset, 0);
      case Imm imm -> new Fields(opcode, dst.number(), 0, offset, imm.value());
    };
  }
}
