package dev.scr.ebpf.machine;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.machine.FunctionParts.Part;
import dev.scr.ebpf.machine.JvmCompiler.Unit;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Label;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Emits one function. HotSpot compiles no method above 8000 bytes of bytecode, so a large function
 * is cut into {@link FunctionParts}. Between parts, registers that are live live in the
 * environment's register file and cells of the frame in the frame.
 *
 * <p>A part returns where to go on, {@code part << 16 | entry}, or −1 at the function's end.
 */
final class FunctionCompiler {
  private static final ClassDesc CD_REGISTERS = CD_long.arrayType();
  private static final MethodTypeDesc PART =
      MethodTypeDesc.of(CD_int, JvmCompiler.CD_ENVIRONMENT, CD_long, CD_REGISTERS, CD_int, CD_int);
  private static final MethodTypeDesc REGISTER_BASE = MethodTypeDesc.of(CD_int, CD_long);

  private static final int ENTRY_BITS = 16;
  private static final int GENEROSITY = 4;
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
  private final FrameCells cells;
  private final List<Part> parts;

  FunctionCompiler(Unit unit, ClassDesc self, int number) {
    this.unit = unit;
    this.self = self;
    this.number = number;
    this.function = unit.flow().functions().get(number);
    this.cells =
        unit.checked()
            ? FrameCells.NONE
            : FrameCells.of(unit.spec().code(), function, number, unit.pointers());
    this.parts = parts();
  }

  /** Estimates are generous: whether all fits in one method is tried where they leave it open. */
  private List<Part> parts() {
    int[] bytes = new int[function.end() - function.start()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = InstructionEmitter.estimate(unit, function.start() + i, cells);
    }
    int limit = unit.translation().methodBytes();
    int all = Arrays.stream(bytes).sum();
    boolean open = all > limit && all < GENEROSITY * limit;
    if (open && wholeBytes() <= limit) {
      limit = all;
    }
    return FunctionParts.of(unit.spec().code(), function, bytes, limit);
  }

  private int wholeBytes() {
    byte[] trial =
        ClassFile.of()
            .build(
                self,
                type ->
                    type.withMethodBody(
                        name(number), JvmCompiler.FUNCTION, ClassFile.ACC_STATIC, this::whole));
    CodeModel code = ClassFile.of().parse(trial).methods().getFirst().code().orElseThrow();
    return ((CodeAttribute) code).codeLength();
  }

  /** Name of a function's method. */
  static String name(int function) {
    return "f" + function;
  }

  private String partName(int part) {
    return name(number) + "_p" + part;
  }

  void emit(ClassBuilder type) {
    int access = ClassFile.ACC_STATIC;
    if (parts.size() == 1) {
      type.withMethodBody(name(number), JvmCompiler.FUNCTION, access, this::whole);
      return;
    }
    type.withMethodBody(name(number), JvmCompiler.FUNCTION, access, this::driver);
    for (int p = 0; p < parts.size(); p++) {
      Part part = parts.get(p);
      type.withMethodBody(partName(p), PART, access, out -> part(out, part));
    }
  }

  /** Locals: 0 environment, 1 r10, 3 to 12 r1 to r5, 13 r0, 15 to 22 r6 to r9. */
  private void whole(CodeBuilder out) {
    int[] locals = {13, 3, 5, 7, 9, 11, 15, 17, 19, 21, FRAME};
    for (int r : new int[] {0, 6, 7, 8, 9}) {
      out.lconst_0().lstore(locals[r]);
    }
    InstructionEmitter emitter = new InstructionEmitter(out, unit, self, locals, cells, 23);
    emitter.enter(function.start(), function.end());
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
  private void driver(CodeBuilder out) {
    if (unit.checked()) {
      InstructionEmitter.enterFrame(out, FRAME);
    }
    out.aload(0).getfield(JvmCompiler.CD_ENVIRONMENT, "registers", CD_REGISTERS);
    out.astore(DRIVER_REGISTERS);
    out.aload(0).lload(FRAME);
    out.invokevirtual(JvmCompiler.CD_ENVIRONMENT, "registerBase", REGISTER_BASE);
    out.istore(DRIVER_BASE);
    for (int r = 1; r <= 5; r++) {
      out.aload(DRIVER_REGISTERS).iload(DRIVER_BASE).loadConstant(r).iadd();
      out.lload(1 + 2 * r).lastore();
    }
    out.iconst_0().istore(DRIVER_NEXT);
    Label loop = out.newBoundLabel();
    Label done = out.newLabel();
    List<SwitchCase> cases = new ArrayList<>();
    for (int p = 0; p < parts.size(); p++) {
      cases.add(SwitchCase.of(p, out.newLabel()));
    }
    out.iload(DRIVER_NEXT).loadConstant(ENTRY_BITS).ishr();
    out.tableswitch(0, parts.size() - 1, done, cases);
    for (SwitchCase part : cases) {
      out.labelBinding(part.target());
      out.aload(0).lload(FRAME).aload(DRIVER_REGISTERS).iload(DRIVER_BASE);
      out.iload(DRIVER_NEXT).loadConstant((1 << ENTRY_BITS) - 1).iand();
      out.invokestatic(self, partName(part.caseValue()), PART).istore(DRIVER_NEXT).goto_(loop);
    }
    out.labelBinding(done);
    if (unit.checked()) {
      InstructionEmitter.leaveFrame(out, FRAME);
    }
    out.aload(DRIVER_REGISTERS).iload(DRIVER_BASE).laload().lreturn();
  }

  private void part(CodeBuilder out, Part part) {
    int[] locals = {7, 9, 11, 13, 15, 17, 19, 21, 23, 25, FRAME};
    InstructionEmitter emitter = new InstructionEmitter(out, unit, self, locals, cells, 27);
    Set<Integer> used = cells.used(unit, part.from(), part.to(), false);
    readRegisters(out, locals, part.in());
    emitter.frame().reload(used);
    List<SwitchCase> cases = new ArrayList<>();
    for (int entry = 1; entry < part.entries().size(); entry++) {
      cases.add(SwitchCase.of(entry, emitter.label(part.entries().get(entry))));
    }
    Label first = emitter.label(part.entries().getFirst());
    if (cases.isEmpty()) {
      out.goto_(first);
    } else {
      out.iload(PART_ENTRY).lookupswitch(first, cases);
    }
    Label exit = out.newLabel();
    emitter.body(part.from(), part.to(), () -> out.goto_(exit));
    Label leave = out.newLabel();
    emitter.forEachOutside((target, label) -> {
      out.labelBinding(label);
      if (FunctionParts.isTail(unit.spec().code(), target)) {
        emitter.tail(target);
      } else {
        out.loadConstant(place(target)).istore(PART_NEXT).goto_(leave);
      }
    });
    out.labelBinding(exit).iconst_m1().istore(PART_NEXT);
    out.labelBinding(leave);
    writeRegisters(out, locals, part.out());
    emitter.frame().flush(cells.used(unit, part.from(), part.to(), true));
    out.iload(PART_NEXT).ireturn();
  }

  private int place(int index) {
    for (int p = 0; p < parts.size(); p++) {
      int entry = parts.get(p).entries().indexOf(index);
      if (entry >= 0) {
        return p << ENTRY_BITS | entry;
      }
    }
    throw new IllegalStateException("no part has an entry at " + index);
  }

  /** Registers that are not live get some value, as the JVM wants one. */
  private static void readRegisters(CodeBuilder out, int[] locals, int registers) {
    for (int r = 0; r < Reg.FP.number(); r++) {
      if ((registers >>> r & 1) != 0) {
        out.aload(PART_REGISTERS).iload(PART_BASE).loadConstant(r).iadd().laload();
      } else {
        out.lconst_0();
      }
      out.lstore(locals[r]);
    }
  }

  private static void writeRegisters(CodeBuilder out, int[] locals, int registers) {
    for (int r = 0; r < Reg.FP.number(); r++) {
      if ((registers >>> r & 1) != 0) {
        out.aload(PART_REGISTERS).iload(PART_BASE).loadConstant(r).iadd();
        out.lload(locals[r]).lastore();
      }
    }
  }
}
