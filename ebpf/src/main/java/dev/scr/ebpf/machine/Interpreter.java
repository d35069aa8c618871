package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Helper;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
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
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.map.Memory;
import dev.scr.ebpf.meaning.Arithmetic;
import dev.scr.ebpf.object.ProgramSpec;
import java.util.Optional;

/** Executes a program instruction by instruction and checks every memory access. */
final class Interpreter implements Executable {
  private static final Arithmetic ARITHMETIC = Arithmetic.GENERATED;

  private final ProgramSpec spec;
  private final int number;
  private final ControlFlow flow;
  private final Instruction[] code;

  /**
   * By index of a jump, local call or code address: index of the instruction it refers to, or −1.
   */
  private final int[] targets;

  Interpreter(ProgramSpec spec, ControlFlow flow, int number) {
    this.spec = spec;
    this.number = number;
    this.flow = flow;
    this.code = spec.code().instructions().toArray(Instruction[]::new);
    this.targets = new int[code.length];
    for (int i = 0; i < code.length; i++) {
      boolean refers =
          code[i] instanceof Jump
              || code[i] instanceof Branch
              || ControlFlow.refersToFunction(code[i]);
      targets[i] = refers ? spec.code().target(i) : -1;
    }
  }

  @Override
  public long call(
      int function, Environment env, long frame, long r1, long r2, long r3, long r4, long r5) {
    long[] r = new long[Reg.COUNT];
    r[1] = r1;
    r[2] = r2;
    r[3] = r3;
    r[4] = r4;
    r[5] = r5;
    r[10] = frame;
    long callersLimit = env.stackLimit;
    env.stackLimit = frame - Environment.FRAME_BYTES;
    try {
      return run(flow.functions().get(function).start(), env, r);
    } finally {
      env.stackLimit = callersLimit;
    }
  }

  private long run(int start, Environment env, long[] r) {
    int at = start;
    try {
      if (env.stackLimit < env.stackBottom) {
        throw new Fault("expected room for a stack frame, found none");
      }
      while (at >= 0) {
        env.countSteps(1);
        at = step(at, code[at], env, r);
      }
      return r[0];
    } catch (Fault fault) {
      throw new TrapException(spec.name(), spec.code().slot(at), code[at].toString(), fault.what());
    }
  }

  /** Executes one instruction; returns the index of the next one, −1 at the end of the function. */
  private int step(int at, Instruction insn, Environment env, long[] r) {
    switch (insn) {
      case Alu(Width width, AluOp op, Reg dst, Operand src) ->
          r[dst.number()] = ARITHMETIC.alu(op, width, r[dst.number()], value(src, r));
      case Swap(SwapOp op, Reg dst) -> r[dst.number()] = ARITHMETIC.swap(op, r[dst.number()]);
      case Load load -> load(load, env, r);
      case Store(MemSize size, Reg base, short offset, Operand src) ->
          Access.store(env, size, r[base.number()] + offset, value(src, r));
      case Atomic atomic -> atomic(atomic, env, r);
      case LoadWide wide -> r[wide.dst().number()] = wide(at, wide, env);
      case LoadAbsolute(MemSize size, int offset) -> {
        return packetLoad(at, size, offset, env, r);
      }
      case LoadIndirect(MemSize size, Reg index, int offset) -> {
        return packetLoad(at, size, (int) r[index.number()] + (long) offset, env, r);
      }
      case Jump _ -> {
        return targets[at];
      }
      case Branch(Width width, var op, Reg dst, Operand src, short _) -> {
        boolean taken = ARITHMETIC.test(op, width, r[dst.number()], value(src, r));
        return taken ? targets[at] : at + 1;
      }
      case CallHelper(int helper) -> {
        return callHelper(at, helper, env, r);
      }
      case CallRegister(Reg helper) -> {
        return callHelper(at, r[helper.number()], env, r);
      }
      case CallLocal _ ->
          r[0] =
              call(
                  flow.functionAt(targets[at]),
                  env,
                  r[10] - Environment.FRAME_BYTES,
                  r[1],
                  r[2],
                  r[3],
                  r[4],
                  r[5]);
      case CallKernel _ -> throw new Fault("expected a helper, found a kernel function");
      case Exit _ -> {
        return -1;
      }
    }
    return at + 1;
  }

  private static long value(Operand operand, long[] r) {
    return switch (operand) {
      case Reg reg -> r[reg.number()];
      case Imm imm -> imm.value();
    };
  }

  private static void load(Load load, Environment env, long[] r) {
    long found = Access.load(env, load.size(), r[load.base().number()] + load.offset());
    // A packet pointer in the context is wider than the field that the program names.
    r[load.dst().number()] = load.signed() ? ARITHMETIC.loaded(load.size(), true, found) : found;
  }

  private static void atomic(Atomic atomic, Environment env, long[] r) {
    MemSize size = atomic.width() == Width.W64 ? MemSize.DW : MemSize.W;
    AtomicOp op = atomic.op();
    long address = r[atomic.base().number()] + atomic.offset();
    Access.atomic(env, size, address);
    long old;
    long result;
    do {
      old = Memory.load(size, address);
      result = ARITHMETIC.atomic(op, atomic.width(), old, r[atomic.src().number()], r[0]);
    } while (!Access.exchange(env, size, address, old, result));
    if (op.fetches()) {
      r[atomic.result().number()] = old;
    }
  }

  private long wide(int at, LoadWide wide, Environment env) {
    return switch (wide.source()) {
      case CONSTANT -> wide.value();
      case CODE -> Handles.function(number, flow.functionAt(targets[at]));
      case MAP_INDEX -> Handles.map(wide.imm());
      case MAP_INDEX_VALUE -> env.valueAddress(wide.imm(), wide.nextImm());
      case MAP_FD, MAP_FD_VALUE, VARIABLE ->
          throw new Fault("expected a constant, map[idx:…] or code, found " + wide.source());
    };
  }

  /** A load behind the packet's end ends the program with 0. */
  private static int packetLoad(int at, MemSize size, long offset, Environment env, long[] r) {
    long address = Access.packet(env, size, offset);
    if (address == 0) {
      r[0] = 0;
      return -1;
    }
    r[0] = ARITHMETIC.loadedFromPacket(size, Memory.load(size, address));
    return at + 1;
  }

  private static int callHelper(int at, long number, Environment env, long[] r) {
    Optional<Helper> found = Helper.ofNumber(number);
    if (found.isEmpty()) {
      if (env.opaqueHelpers) {
        r[0] = env.opaqueAnswer(number);
        return at + 1;
      }
      throw new Fault("expected a known helper, found " + number);
    }
    Helper helper = found.get();
    if (helper == Helper.TAIL_CALL) {
      Executable next = env.tailCall(r[2], r[3]);
      if (next != null) {
        r[0] = next.call(0, env, r[10], r[1], 0, 0, 0, 0);
        return -1;
      }
    }
    r[0] = Helpers.call(helper, env, r[10], r[1], r[2], r[3], r[4], r[5]);
    return at + 1;
  }
}
