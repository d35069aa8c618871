package dev.scr.ebpf.machine;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.ControlFlow;
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
import dev.scr.ebpf.machine.JvmCompiler.Unit;
import dev.scr.ebpf.map.Memory;
import dev.scr.ebpf.meaning.Code;
import dev.scr.ebpf.meaning.CodeBitVectors;
import dev.scr.ebpf.meaning.CodeTest;
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.ebpf.object.MapSpec;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Emits the instructions of a range. What an operation means comes from {@link Meaning}; here is
 * only where values live.
 */
final class InstructionEmitter {
  private static final CodeBitVectors BV = CodeBitVectors.INSTANCE;
  private static final int TEMPORARIES = 4;

  /** Bytecode that moves a cell to memory and back. */
  private static final int CELL_BYTES = 24;

  private static final MethodTypeDesc FRAME_CHANGE = MethodTypeDesc.of(CD_void, CD_long);

  private final CodeBuilder out;
  private final Unit unit;
  private final ClassDesc self;
  private final int[] locals;
  private final int temporary;
  private final MemoryEmitter memory;
  private final FrameEmitter frame;
  private final MapEmitter maps;
  private final HelperEmitter helpers;
  private final Map<Integer, Label> labels = new HashMap<>();
  private int from;
  private int to;
  private Runnable exit = () -> {};

  /**
   * Creates an emitter.
   *
   * @param locals local variable of each register
   * @param cells of the frame that live in local variables
   * @param temporary first of the free local variables
   */
  InstructionEmitter(
      CodeBuilder out, Unit unit, ClassDesc self, int[] locals, FrameCells cells, int temporary) {
    this.out = out;
    this.unit = unit;
    this.self = self;
    this.locals = locals;
    this.temporary = temporary;
    this.memory = new MemoryEmitter(out, unit);
    this.frame =
        new FrameEmitter(out, cells, memory, locals[Reg.FP.number()], temporary + TEMPORARIES);
    this.maps = new MapEmitter(out, unit);
    this.helpers = new HelperEmitter(out, unit, locals, memory, frame, maps);
  }

  /** Bytecode that an instruction becomes, generously. */
  static int estimate(Unit unit, int index, FrameCells cells) {
    int bytes =
        switch (unit.spec().code().get(index)) {
          case Alu alu ->
              switch (alu.op()) {
                case DIV, MOD, SDIV, SMOD -> 45;
                default -> 14;
              };
          case Swap _ -> 12;
          case Load _, Store _ -> 26;
          case Atomic _ -> 90;
          case LoadWide _ -> 14;
          case LoadAbsolute _, LoadIndirect _ -> 60;
          case Jump _ -> 4;
          case Branch _ -> 21;
          case CallHelper(int helper) when MapEmitter.isLookupInTable(unit, index, helper) ->
              LookupEmitter.ESTIMATE;
          case CallHelper _, CallRegister _ -> 50;
          case CallLocal _, CallKernel _ -> 24;
          case Exit _ -> 10;
        };
    if (unit.pointers().passesFrame(index)) {
      bytes += CELL_BYTES * cells.cells().size();
    }
    return unit.checked() ? bytes + 16 : bytes;
  }

  /** The label of an index; for an index outside of the range the caller binds it. */
  Label label(int index) {
    return labels.computeIfAbsent(index, _ -> out.newLabel());
  }

  /** Calls back for each label outside of the range that was used. */
  void forEachOutside(BiConsumer<Integer, Label> bind) {
    Map.copyOf(labels)
        .forEach((index, label) -> {
          if (index < from || index >= to) {
            bind.accept(index, label);
          }
        });
  }

  /**
   * A function begins whose instructions are all emitted here: what they need often comes first.
   */
  void enter(int first, int end) {
    frame.clear();
    maps.enter(first, end, frame.firstFree());
  }

  /** The frame of the function. */
  FrameEmitter frame() {
    return frame;
  }

  /** Emits the instructions from one index to before another one. */
  void body(int first, int end, Runnable onExit) {
    from = first;
    to = end;
    exit = onExit;
    for (int i = first; i < end; i++) {
      out.labelBinding(label(i));
      instruction(i, unit.spec().code().get(i));
    }
    if (ControlFlow.fallsThrough(unit.spec().code().get(end - 1))) {
      out.goto_(label(end));
    }
  }

  /** Emits a copy of a block that ends the function. */
  void tail(int first) {
    int index = first;
    while (!(unit.spec().code().get(index) instanceof Exit)) {
      instruction(index, unit.spec().code().get(index));
      index++;
    }
    instruction(index, unit.spec().code().get(index));
  }

  /** A checked function begins: its stack may be touched. */
  static void enterFrame(CodeBuilder out, int frame) {
    out.aload(0).lload(frame).invokevirtual(JvmCompiler.CD_ENVIRONMENT, "enter", FRAME_CHANGE);
  }

  /** A checked function ends. */
  static void leaveFrame(CodeBuilder out, int frame) {
    out.aload(0).lload(frame).invokevirtual(JvmCompiler.CD_ENVIRONMENT, "leave", FRAME_CHANGE);
  }

  private Code register(Reg reg) {
    return new Code.Local(locals[reg.number()]);
  }

  private Code operand(Operand operand) {
    return switch (operand) {
      case Reg reg -> register(reg);
      case Imm imm -> BV.constant(imm.value());
    };
  }

  private void assign(Reg reg, Code value) {
    value.push(out);
    out.lstore(locals[reg.number()]);
  }

  private Code address(Reg base, short offset) {
    return offset == 0 ? register(base) : BV.add(register(base), BV.constant(offset));
  }

  private void instruction(int index, Instruction insn) {
    if (unit.checked() && mayFault(insn)) {
      out.aload(0).loadConstant(unit.spec().code().slot(index));
      out.putfield(JvmCompiler.CD_ENVIRONMENT, "at", CD_int);
    }
    switch (insn) {
      case Alu(Width width, AluOp op, Reg dst, Operand src) ->
          assign(dst, Meaning.alu(BV, op, width, register(dst), operand(src)));
      case Swap(SwapOp op, Reg dst) -> assign(dst, Meaning.swap(BV, op, register(dst)));
      case Load load -> assign(load.dst(), load(index, load));
      case Store store -> store(index, store);
      case Atomic atomic -> atomic(index, atomic);
      case LoadWide wide -> assign(wide.dst(), wide(index, wide));
      case LoadAbsolute(MemSize size, int offset) -> packetLoad(size, BV.constant(offset));
      case LoadIndirect(MemSize size, Reg register, int offset) ->
          packetLoad(size, BV.add(BV.signExtend(register(register), 32), BV.constant(offset)));
      case Jump _ -> {
        countSteps(index);
        out.goto_(label(unit.spec().code().target(index)));
      }
      case Branch(Width width, var op, Reg dst, Operand src, short _) -> {
        countSteps(index);
        branch(index, Meaning.test(BV, op, width, register(dst), operand(src)));
      }
      case CallHelper(int helper) -> helpers.call(index, helper, exit);
      case CallRegister(Reg helper) -> helpers.callRegister(helper);
      case CallLocal _ -> callLocal(index);
      case CallKernel _ -> throw new IllegalStateException("refused when loaded: " + insn);
      case Exit _ -> exit.run();
    }
  }

  /**
   * A branch back is a branch over a jump back. Where it goes back, HotSpot's code may stop for a
   * safepoint; were that between a comparison and its branch, the comparison's result would have to
   * be a number that can be seen there, which takes longer than the whole comparison.
   */
  private void branch(int index, CodeTest test) {
    int target = unit.spec().code().target(index);
    if (target > index) {
      test.branch(out, label(target), true);
      return;
    }
    Label past = out.newLabel();
    test.branch(out, past, false);
    out.goto_(label(target)).labelBinding(past);
  }

  private Code load(int index, Load load) {
    long pointer = unit.pointers().base(index);
    int at = KnownPointers.offset(pointer) + load.offset();
    if (frame.inLocals() && KnownPointers.isFrame(pointer)) {
      return Meaning.loaded(BV, load.size(), load.signed(), frame.load(load.size(), at));
    }
    int map = KnownPointers.map(pointer);
    if (!unit.checked() && map >= 0 && isConstant(map, at, load.size())) {
      long bytes = Memory.load(load.size(), unit.environment().valueAddress(map, at));
      return Meaning.loaded(BV, load.size(), load.signed(), BV.constant(bytes));
    }
    int kind = unit.kinds().kind(index, load.base());
    Code address = address(load.base(), load.offset());
    return memory.load(load.size(), load.signed(), kind, address, load.offset());
  }

  /** Whether a place is in data that nobody changes once programs exist. */
  private boolean isConstant(int map, int at, MemSize size) {
    MapSpec spec = unit.environment().maps.get(map).spec();
    return spec.readOnly()
        && spec.data().isPresent()
        && at >= 0
        && at + size.bytes() <= spec.valueSize();
  }

  private void store(int index, Store store) {
    long pointer = unit.pointers().base(index);
    if (frame.inLocals() && KnownPointers.isFrame(pointer)) {
      int at = KnownPointers.offset(pointer) + store.offset();
      frame.store(store.size(), at, operand(store.src()));
      return;
    }
    int kind = unit.kinds().kind(index, store.base());
    Code address = address(store.base(), store.offset());
    memory.store(store.size(), kind, address, operand(store.src()));
  }

  private static boolean mayFault(Instruction insn) {
    return !(insn instanceof Alu || insn instanceof Swap || insn instanceof LoadWide);
  }

  /** A checked program counts its steps where it goes back, so that it always ends. */
  private void countSteps(int index) {
    int distance = index - unit.spec().code().target(index);
    if (unit.checked() && distance >= 0) {
      out.aload(0).loadConstant(distance + 1);
      out.invokevirtual(
          JvmCompiler.CD_ENVIRONMENT, "countSteps", MethodTypeDesc.of(CD_void, CD_int));
    }
  }

  private void atomic(int index, Atomic atomic) {
    MemSize size = atomic.width() == Width.W64 ? MemSize.DW : MemSize.W;
    long pointer = unit.pointers().base(index);
    if (frame.inLocals() && KnownPointers.isFrame(pointer)) {
      atomicInFrame(atomic, size, KnownPointers.offset(pointer) + atomic.offset());
      return;
    }
    Code address = new Code.Local(temporary);
    Code old = new Code.Local(temporary + 2);
    memory.atomicAddress(size, address(atomic.base(), atomic.offset()));
    out.lstore(temporary);
    Label again = out.newBoundLabel();
    BV.zeroExtend(memory.plainLoad(size, address), size.bits()).push(out);
    out.lstore(temporary + 2);
    Code result =
        Meaning.atomic(
            BV, atomic.op(), atomic.width(), old, register(atomic.src()), register(Reg.R0));
    if (unit.environment().shared) {
      memory.exchange(size, address, old, result);
      out.ifeq(again);
    } else {
      memory.plainStore(size, address, result);
    }
    if (atomic.op().fetches()) {
      assign(atomic.result(), old);
    }
  }

  /** A private frame is nobody else's, so that nothing need be atomic. */
  private void atomicInFrame(Atomic atomic, MemSize size, int at) {
    Code old = new Code.Local(temporary);
    BV.zeroExtend(frame.load(size, at), size.bits()).push(out);
    out.lstore(temporary);
    frame.store(
        size,
        at,
        Meaning.atomic(
            BV, atomic.op(), atomic.width(), old, register(atomic.src()), register(Reg.R0)));
    if (atomic.op().fetches()) {
      assign(atomic.result(), old);
    }
  }

  private Code wide(int index, LoadWide wide) {
    return switch (wide.source()) {
      case CONSTANT -> BV.constant(wide.value());
      case CODE -> {
        int callee = unit.flow().functionAt(unit.spec().code().target(index));
        yield BV.constant(Handles.function(unit.number(), callee));
      }
      case MAP_INDEX -> BV.constant(Handles.map(wide.imm()));
      case MAP_INDEX_VALUE -> {
        unit.environment().requireArray(wide.imm());
        yield BV.add(maps.address(wide.imm()), BV.constant(wide.nextImm()));
      }
      case MAP_FD, MAP_FD_VALUE, VARIABLE ->
          throw new IllegalStateException("refused when loaded: " + wide);
    };
  }

  private void packetLoad(MemSize size, Code offset) {
    Label inside = out.newLabel();
    memory.packetAddress(size, offset);
    out.lstore(temporary);
    out.lload(temporary).lconst_0().lcmp().ifne(inside);
    assign(Reg.R0, BV.constant(0));
    exit.run();
    out.labelBinding(inside);
    Code bytes = memory.plainLoad(size, new Code.Local(temporary));
    assign(Reg.R0, Meaning.loadedFromPacket(BV, size, bytes));
  }

  private void callLocal(int index) {
    out.aload(0);
    BV.subtract(register(Reg.FP), BV.constant(Environment.FRAME_BYTES)).push(out);
    for (int r = 1; r <= 5; r++) {
      register(Reg.of(r)).push(out);
    }
    int callee = unit.flow().functionAt(unit.spec().code().target(index));
    out.invokestatic(self, FunctionCompiler.name(callee), JvmCompiler.FUNCTION);
    out.lstore(locals[0]);
  }
}
