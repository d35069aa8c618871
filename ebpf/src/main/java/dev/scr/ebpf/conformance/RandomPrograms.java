package dev.scr.ebpf.conformance;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Random XDP programs that the kernel's verifier accepts, for differential tests. They compute on
 * scalars, read and write the packet, the stack and two maps, branch, loop a fixed number of times
 * and call a sub-program; no pointer ever gets into a result.
 *
 * <pre>
 *   r6 packet   r7 context   r0–r5, r8, r9 scalars   stack −64…−1 scalars, −72 loop counter, −80 key, −96 value
 * </pre>
 */
public final class RandomPrograms {
  /** Bytes that a packet must have; a shorter one gets verdict 0. */
  public static final int PACKET_BYTES = 64;

  /** The maps of every program. */
  public static final List<MapSpec> MAPS =
      List.of(
          MapSpec.of("array", MapType.ARRAY, 4, 16, 4), MapSpec.of("hash", MapType.HASH, 4, 16, 6));

  private static final int[] SCALARS = {0, 1, 2, 3, 4, 5, 8, 9};
  private static final int STACK_BYTES = 64;
  private static final short COUNTER = -72;
  private static final short KEY = -80;
  private static final short VALUE = -96;
  private static final int MAX_DEPTH = 3;

  private final RandomGenerator random;
  private final List<Instruction> code = new ArrayList<>();
  private final List<Integer> calls = new ArrayList<>();

  private RandomPrograms(RandomGenerator random) {
    this.random = random;
  }

  /** A program of about {@code size} steps. */
  public static ProgramSpec generate(RandomGenerator random, int size) {
    return new RandomPrograms(random).program(size);
  }

  private ProgramSpec program(int size) {
    prologue();
    for (int r : SCALARS) {
      constant(r);
    }
    for (int at = 8; at <= STACK_BYTES; at += 8) {
      add(new Store(MemSize.DW, Reg.FP, (short) -at, scalar()));
    }
    block(size, 0);
    epilogue();
    if (!calls.isEmpty()) {
      subProgram();
    }
    return ProgramSpec.of("random", ProgramType.XDP, code, MAPS);
  }

  private void add(Instruction insn) {
    code.add(insn);
  }

  private int slots() {
    return code.stream().mapToInt(Instruction::slots).sum();
  }

  private Reg reg(int number) {
    return Reg.of(number);
  }

  private Reg scalar() {
    return reg(SCALARS[random.nextInt(SCALARS.length)]);
  }

  private static <T> T pick(RandomGenerator random, T[] values) {
    return values[random.nextInt(values.length)];
  }

  private int number() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt();
      case 1 -> 1 << random.nextInt(32);
      case 2 -> ~(1 << random.nextInt(32));
      default -> random.nextInt(-8, 8);
    };
  }

  private void move(int dst, Operand src) {
    add(new Alu(Width.W64, AluOp.MOV, reg(dst), src));
  }

  private void constant(int r) {
    if (random.nextBoolean()) {
      move(r, new Imm(number()));
    } else {
      add(LoadWide.constant(reg(r), random.nextLong()));
    }
  }

  private void prologue() {
    move(7, Reg.R1);
    add(new Load(MemSize.W, false, reg(6), Reg.R1, (short) 0));
    add(new Load(MemSize.W, false, reg(2), Reg.R1, (short) 4));
    move(3, reg(6));
    add(new Alu(Width.W64, AluOp.ADD, reg(3), new Imm(PACKET_BYTES)));
    add(new Branch(Width.W64, JmpOp.JLE, reg(3), reg(2), (short) 2));
    move(0, Imm.ZERO);
    add(new Exit());
  }

  private void epilogue() {
    for (int r : SCALARS) {
      if (r != 0) {
        add(new Alu(Width.W64, AluOp.XOR, Reg.R0, reg(r)));
        add(new Alu(Width.W64, AluOp.MUL, Reg.R0, new Imm(31)));
      }
    }
    move(1, Reg.R0);
    add(new Alu(Width.W64, AluOp.RSH, Reg.R1, new Imm(32)));
    add(new Alu(Width.W64, AluOp.XOR, Reg.R0, Reg.R1));
    add(new Exit());
  }

  private void subProgram() {
    int start = slots();
    for (int call : calls) {
      int slot = code.subList(0, call).stream().mapToInt(Instruction::slots).sum();
      code.set(call, new CallLocal(start - slot - 1));
    }
    for (int r : new int[] {0, 6, 7, 8, 9}) {
      move(r, new Imm(number()));
    }
    for (int i = random.nextInt(2, 10); i > 0; i--) {
      arithmetic();
    }
    for (int r : SCALARS) {
      add(new Alu(Width.W32, AluOp.XOR, Reg.R0, reg(r)));
    }
    add(new Exit());
  }

  private void block(int size, int depth) {
    for (int i = 0; i < size; i++) {
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3, 4 -> arithmetic();
        case 5 -> add(new Swap(pick(random, SwapOp.values()), scalar()));
        case 6, 7 -> load();
        case 8, 9 -> store();
        case 10 -> atomic();
        case 11 -> condition(depth);
        case 12 -> loop(depth);
        case 13 -> lookup();
        case 14 -> change();
        default -> call();
      }
    }
  }

  private void arithmetic() {
    AluOp op = pick(random, AluOp.values());
    Width width = pick(random, Width.values());
    Operand src =
        switch (op.source()) {
          case NONE -> Imm.ZERO;
          case REGISTER -> scalar();
          case REGISTER_64 -> {
            width = Width.W64;
            yield scalar();
          }
          case ANY -> random.nextBoolean() ? scalar() : new Imm(operandOf(op, width));
        };
    add(new Alu(width, op, scalar(), src));
  }

  /**
   * The verifier refuses constants that make no sense: a zero divisor, a shift by the width or
   * more.
   */
  private int operandOf(AluOp op, Width width) {
    int value = number();
    return switch (op) {
      case LSH, RSH, ARSH -> value & (width.bits() - 1);
      case DIV, MOD, SDIV, SMOD -> value == 0 ? 3 : value;
      default -> value;
    };
  }

  /** A place of {@code bytes} bytes in the packet or on the stack. */
  private record Spot(Reg base, short offset) {}

  private Spot spot(int bytes, boolean aligned) {
    int step = aligned ? bytes : 1;
    if (random.nextBoolean()) {
      int at = random.nextInt((PACKET_BYTES - bytes) / step + 1) * step;
      return new Spot(reg(6), (short) at);
    }
    // The verifier wants stack accesses aligned.
    int at = random.nextInt(STACK_BYTES / bytes) * bytes;
    return new Spot(Reg.FP, (short) (at - STACK_BYTES));
  }

  private void load() {
    MemSize size = pick(random, MemSize.values());
    Spot spot = spot(size.bytes(), false);
    boolean signed = size != MemSize.DW && random.nextInt(3) == 0;
    add(new Load(size, signed, scalar(), spot.base(), spot.offset()));
  }

  private void store() {
    MemSize size = pick(random, MemSize.values());
    Spot spot = spot(size.bytes(), false);
    Operand src = random.nextBoolean() ? scalar() : new Imm(number());
    add(new Store(size, spot.base(), spot.offset(), src));
  }

  private void atomic() {
    Width width = pick(random, Width.values());
    int bytes = width.bits() / 8;
    // The kernel allows no atomics on packets.
    int at = random.nextInt(STACK_BYTES / bytes) * bytes;
    add(
        new Atomic(
            width, pick(random, AtomicOp.values()), Reg.FP, (short) (at - STACK_BYTES), scalar()));
  }

  private void condition(int depth) {
    if (depth >= MAX_DEPTH) {
      return;
    }
    int branch = code.size();
    Operand src = random.nextBoolean() ? scalar() : new Imm(number());
    Width width = pick(random, Width.values());
    JmpOp op = pick(random, JmpOp.values());
    Reg dst = scalar();
    add(new Exit());
    block(random.nextInt(1, 4), depth + 1);
    boolean otherwise = random.nextBoolean();
    int skip = code.size();
    if (otherwise) {
      add(new Exit());
    }
    code.set(branch, new Branch(width, op, dst, src, (short) distance(branch, code.size())));
    if (otherwise) {
      block(random.nextInt(1, 4), depth + 1);
      code.set(skip, new Jump(random.nextBoolean(), distance(skip, code.size())));
    }
  }

  private int distance(int from, int to) {
    return code.subList(from + 1, to).stream().mapToInt(Instruction::slots).sum();
  }

  private void loop(int depth) {
    if (depth != 0) {
      return;
    }
    add(new Store(MemSize.DW, Reg.FP, COUNTER, new Imm(random.nextInt(1, 5))));
    int head = code.size();
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      arithmetic();
    }
    block(random.nextInt(1, 3), MAX_DEPTH);
    add(new Load(MemSize.DW, false, reg(9), Reg.FP, COUNTER));
    add(new Alu(Width.W64, AluOp.ADD, reg(9), new Imm(-1)));
    add(new Store(MemSize.DW, Reg.FP, COUNTER, reg(9)));
    int back = code.size();
    int distance = -(distance(head - 1, back) + 1);
    add(new Branch(Width.W64, JmpOp.JNE, reg(9), Imm.ZERO, (short) distance));
  }

  private void keyAndMap() {
    Operand key = random.nextBoolean() ? new Imm(random.nextInt(0, 9)) : scalar();
    if (key instanceof Reg reg) {
      add(new Alu(Width.W64, AluOp.AND, reg, new Imm(7)));
    }
    add(new Store(MemSize.W, Reg.FP, KEY, key));
    move(2, Reg.FP);
    add(new Alu(Width.W64, AluOp.ADD, reg(2), new Imm(KEY)));
    add(new LoadWide(Reg.R1, WideSource.MAP_INDEX, random.nextInt(MAPS.size()), 0));
  }

  private void afterCall() {
    for (int r = 1; r <= 5; r++) {
      constant(r);
    }
  }

  private void lookup() {
    keyAndMap();
    add(new CallHelper(1));
    afterCall();
    int branch = code.size();
    add(new Exit());
    Width width = pick(random, Width.values());
    int at = random.nextInt(16 / (width.bits() / 8)) * (width.bits() / 8);
    Reg value = reg(random.nextInt(1, 6));
    switch (random.nextInt(3)) {
      case 0 -> add(new Load(MemSize.W, false, value, Reg.R0, (short) random.nextInt(0, 13)));
      case 1 -> add(new Store(MemSize.H, Reg.R0, (short) random.nextInt(0, 15), value));
      default -> add(new Atomic(width, atomicOnValue(), Reg.R0, (short) at, value));
    }
    code.set(
        branch,
        new Branch(Width.W64, JmpOp.JEQ, Reg.R0, Imm.ZERO, (short) distance(branch, code.size())));
    constant(0);
  }

  /** CMPXCHG compares with r0, which is the pointer here. */
  private AtomicOp atomicOnValue() {
    AtomicOp op = pick(random, AtomicOp.values());
    return op == AtomicOp.CMPXCHG ? AtomicOp.FETCH_XOR : op;
  }

  private void change() {
    add(new Store(MemSize.DW, Reg.FP, VALUE, scalar()));
    add(new Store(MemSize.DW, Reg.FP, (short) (VALUE + 8), scalar()));
    keyAndMap();
    if (random.nextInt(3) == 0) {
      add(new CallHelper(3));
    } else {
      move(3, Reg.FP);
      add(new Alu(Width.W64, AluOp.ADD, reg(3), new Imm(VALUE)));
      move(4, new Imm(random.nextInt(3)));
      add(new CallHelper(2));
    }
    afterCall();
  }

  private void call() {
    calls.add(code.size());
    add(new CallLocal(0));
    afterCall();
  }
}
