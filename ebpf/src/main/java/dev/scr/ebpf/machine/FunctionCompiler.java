package dev.scr.ebpf.machine;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.machine.JvmCompiler.Unit;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Emits one function. HotSpot compiles no method above 8000 bytes of bytecode, so a large function
 * is cut into parts; its registers then live in the environment's register file between parts.
 */
final class FunctionCompiler {
  /** Bytecode that a method may have by estimate, well below HotSpot's limit. */
  private static final int MAX_METHOD_BYTES = 6000;

  private static final ClassDesc CD_REGISTERS = CD_long.arrayType();
  private static final MethodTypeDesc PART =
      MethodTypeDesc.of(CD_int, JvmCompiler.CD_ENVIRONMENT, CD_long, CD_REGISTERS, CD_int, CD_int);
  private static final MethodTypeDesc REGISTER_BASE = MethodTypeDesc.of(CD_int, CD_long);

  private static final int FRAME = 1;
  private static final int PART_REGISTERS = 3;
  private static final int PART_BASE = 4;
  private static final int PART_ENTRY = 5;
  private static final int PART_NEXT = 6;
  private static final int DRIVER_REGISTERS = 13;
  private static final int DRIVER_BASE = 14;
  private static final int DRIVER_NEXT = 15;

  private final Unit unit;
  private final ClassDesc self;
  private final int number;
  private final ControlFlow.Function function;

  FunctionCompiler(Unit unit, ClassDesc self, int number) {
    this.unit = unit;
    this.self = self;
    this.number = number;
    this.function = unit.flow().functions().get(number);
  }

  /** Name of a function's method. */
  static String name(int function) {
    return "f" + function;
  }

  private String partName(int part) {
    return name(number) + "_p" + part;
  }

  void emit(ClassBuilder type) {
    List<Integer> bounds = bounds();
    int access = ClassFile.ACC_STATIC;
    if (bounds.size() == 2) {
      type.withMethodBody(name(number), JvmCompiler.FUNCTION, access, this::whole);
      return;
    }
    type.withMethodBody(name(number), JvmCompiler.FUNCTION, access, out -> driver(out, bounds));
    for (int p = 0; p + 1 < bounds.size(); p++) {
      int from = bounds.get(p);
      int to = bounds.get(p + 1);
      type.withMethodBody(partName(p), PART, access, out -> part(out, from, to));
    }
  }

  /** Indexes at which parts start, and the function's end. */
  private List<Integer> bounds() {
    List<Integer> bounds = new ArrayList<>();
    bounds.add(function.start());
    int bytes = 0;
    for (int i = function.start(); i < function.end(); i++) {
      int more = InstructionEmitter.estimate(unit, unit.spec().code().get(i));
      if (bytes + more > MAX_METHOD_BYTES) {
        bounds.add(i);
        bytes = 0;
      }
      bytes += more;
    }
    bounds.add(function.end());
    return bounds;
  }

  /** Locals: 0 environment, 1 r10, 3 to 12 r1 to r5, 13 r0, 15 to 22 r6 to r9. */
  private void whole(CodeBuilder out) {
    int[] locals = {13, 3, 5, 7, 9, 11, 15, 17, 19, 21, FRAME};
    for (int r : new int[] {0, 6, 7, 8, 9}) {
      out.lconst_0().lstore(locals[r]);
    }
    InstructionEmitter emitter = new InstructionEmitter(out, unit, self, locals, 23);
    if (unit.checked()) {
      InstructionEmitter.enterFrame(out, FRAME);
    }
    emitter.body(
        function.start(),
        function.end(),
        () -> {
          if (unit.checked()) {
            InstructionEmitter.leaveFrame(out, FRAME);
          }
          out.lload(locals[0]).lreturn();
        });
  }

  /** Calls the parts one after the other until one returns −1. */
  private void driver(CodeBuilder out, List<Integer> bounds) {
    if (unit.checked()) {
      InstructionEmitter.enterFrame(out, FRAME);
    }
    out.aload(0).getfield(JvmCompiler.CD_ENVIRONMENT, "registers", CD_REGISTERS);
    out.astore(DRIVER_REGISTERS);
    out.aload(0).lload(FRAME);
    out.invokevirtual(JvmCompiler.CD_ENVIRONMENT, "registerBase", REGISTER_BASE);
    out.istore(DRIVER_BASE);
    for (int r = 0; r < Reg.FP.number(); r++) {
      out.aload(DRIVER_REGISTERS).iload(DRIVER_BASE).loadConstant(r).iadd();
      if (r >= 1 && r <= 5) {
        out.lload(1 + 2 * r);
      } else {
        out.lconst_0();
      }
      out.lastore();
    }
    out.loadConstant(function.start()).istore(DRIVER_NEXT);
    Label loop = out.newBoundLabel();
    Label done = out.newLabel();
    out.iload(DRIVER_NEXT).iflt(done);
    for (int p = 0; p + 1 < bounds.size(); p++) {
      Label other = out.newLabel();
      out.iload(DRIVER_NEXT).loadConstant(bounds.get(p + 1)).if_icmpge(other);
      out.aload(0).lload(FRAME).aload(DRIVER_REGISTERS).iload(DRIVER_BASE).iload(DRIVER_NEXT);
      out.invokestatic(self, partName(p), PART).istore(DRIVER_NEXT).goto_(loop);
      out.labelBinding(other);
    }
    out.labelBinding(done);
    if (unit.checked()) {
      InstructionEmitter.leaveFrame(out, FRAME);
    }
    out.aload(DRIVER_REGISTERS).iload(DRIVER_BASE).laload().lreturn();
  }

  private void part(CodeBuilder out, int from, int to) {
    int[] locals = {7, 9, 11, 13, 15, 17, 19, 21, 23, 25, FRAME};
    for (int r = 0; r < Reg.FP.number(); r++) {
      out.aload(PART_REGISTERS).iload(PART_BASE).loadConstant(r).iadd().laload();
      out.lstore(locals[r]);
    }
    InstructionEmitter emitter = new InstructionEmitter(out, unit, self, locals, 27);
    Label exit = out.newLabel();
    Label start = emitter.label(from);
    List<SwitchCase> cases = new ArrayList<>();
    for (int entry : entries(from, to)) {
      cases.add(SwitchCase.of(entry, emitter.label(entry)));
    }
    if (cases.isEmpty()) {
      out.goto_(start);
    } else {
      out.iload(PART_ENTRY).lookupswitch(start, cases);
    }
    emitter.body(from, to, () -> out.goto_(exit));
    Label leave = out.newLabel();
    emitter.forEachOutside((target, label) ->
        out.labelBinding(label).loadConstant(target).istore(PART_NEXT).goto_(leave));
    out.labelBinding(exit).iconst_m1().istore(PART_NEXT);
    out.labelBinding(leave);
    writeBack(out, locals);
    out.iload(PART_NEXT).ireturn();
  }

  private static void writeBack(CodeBuilder out, int[] locals) {
    for (int r = 0; r < Reg.FP.number(); r++) {
      out.aload(PART_REGISTERS).iload(PART_BASE).loadConstant(r).iadd();
      out.lload(locals[r]).lastore();
    }
  }

  /** Indexes inside a part to which other parts jump. */
  private Set<Integer> entries(int from, int to) {
    Set<Integer> entries = new TreeSet<>();
    for (int i = function.start(); i < function.end(); i++) {
      Instruction insn = unit.spec().code().get(i);
      boolean outside = i < from || i >= to;
      if (outside && (insn instanceof Jump || insn instanceof Branch)) {
        int target = unit.spec().code().target(i);
        if (target > from && target < to) {
          entries.add(target);
        }
      }
    }
    return entries;
  }
}
