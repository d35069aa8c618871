package dev.scr.ebpf.meaning;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Generates {@link Arithmetic}: per method one switch over the rows, each row emitted by {@link
 * Meaning}.
 */
@SuppressWarnings("EnumOrdinal") // a row is a position in its table
final class ArithmeticGenerator {
  private static final CodeBitVectors BV = CodeBitVectors.INSTANCE;
  private static final ClassDesc SUPER = ClassDesc.of(Arithmetic.class.getName());
  private static final ClassDesc SELF =
      ClassDesc.of(Arithmetic.class.getPackageName(), "GeneratedArithmetic");
  private static final Code A = new Code.Local(2);
  private static final Code B = new Code.Local(4);
  private static final Code C = new Code.Local(6);
  private static final int WIDTHS = Width.values().length;

  private ArithmeticGenerator() {}

  static Arithmetic generate() {
    byte[] bytes = ClassFile.of().build(SELF, ArithmeticGenerator::members);
    try {
      return (Arithmetic)
          MethodHandles.lookup()
              .defineHiddenClass(bytes, true)
              .lookupClass()
              .getDeclaredConstructor()
              .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("generated arithmetic", e);
    }
  }

  private static void members(ClassBuilder type) {
    type.withSuperclass(SUPER).withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
    type.withMethodBody(
        INIT_NAME,
        MethodTypeDesc.of(CD_void),
        0,
        out -> out.aload(0).invokespecial(SUPER, INIT_NAME, MethodTypeDesc.of(CD_void)).return_());
    table(type, "alu", CD_long, 2, AluOp.values().length * WIDTHS, ArithmeticGenerator::alu);
    int sizes = MemSize.values().length;
    table(type, "loaded", CD_long, 1, sizes * 2, ArithmeticGenerator::loaded);
    table(type, "loadedFromPacket", CD_long, 1, sizes, ArithmeticGenerator::loadedFromPacket);
    table(type, "swap", CD_long, 1, SwapOp.values().length, ArithmeticGenerator::swap);
    table(type, "test", CD_boolean, 2, JmpOp.values().length * WIDTHS, ArithmeticGenerator::test);
    table(
        type, "atomic", CD_long, 3, AtomicOp.values().length * WIDTHS, ArithmeticGenerator::atomic);
  }

  private static void alu(CodeBuilder out, int row) {
    Meaning.alu(BV, AluOp.values()[row / WIDTHS], width(row), A, B).push(out);
    out.lreturn();
  }

  private static void swap(CodeBuilder out, int row) {
    Meaning.swap(BV, SwapOp.values()[row], A).push(out);
    out.lreturn();
  }

  private static void test(CodeBuilder out, int row) {
    Label yes = out.newLabel();
    Meaning.test(BV, JmpOp.values()[row / WIDTHS], width(row), A, B).branch(out, yes, true);
    out.iconst_0().ireturn().labelBinding(yes).iconst_1().ireturn();
  }

  private static void atomic(CodeBuilder out, int row) {
    Meaning.atomic(BV, AtomicOp.values()[row / WIDTHS], width(row), A, B, C).push(out);
    out.lreturn();
  }

  private static void loaded(CodeBuilder out, int row) {
    Meaning.loaded(BV, MemSize.values()[row / 2], row % 2 == 1, A).push(out);
    out.lreturn();
  }

  private static void loadedFromPacket(CodeBuilder out, int row) {
    Meaning.loadedFromPacket(BV, MemSize.values()[row], A).push(out);
    out.lreturn();
  }

  private static Width width(int row) {
    return Width.values()[row % WIDTHS];
  }

  private static void table(
      ClassBuilder type,
      String name,
      ClassDesc result,
      int operands,
      int rows,
      BiConsumer<CodeBuilder, Integer> emit) {
    List<ClassDesc> parameters = new ArrayList<>();
    parameters.add(CD_int);
    for (int i = 0; i < operands; i++) {
      parameters.add(CD_long);
    }
    type.withMethodBody(
        name,
        MethodTypeDesc.of(result, parameters),
        ClassFile.ACC_PUBLIC,
        out -> {
          Label unknown = out.newLabel();
          List<SwitchCase> cases = new ArrayList<>();
          for (int row = 0; row < rows; row++) {
            cases.add(SwitchCase.of(row, out.newLabel()));
          }
          out.iload(1).tableswitch(0, rows - 1, unknown, cases);
          for (SwitchCase row : cases) {
            out.labelBinding(row.target());
            emit.accept(out, row.caseValue());
          }
          out.labelBinding(unknown).aconst_null().athrow();
        });
  }
}
