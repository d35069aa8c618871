package dev.scr.ebpf.meaning;

import dev.scr.ebpf.meaning.Code.Computed;
import dev.scr.ebpf.meaning.Code.Constant;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;

/**
 * The algebra of JVM bytecode: a value is code that pushes a long. Operations on constants are
 * folded. Where both operands cannot be negative, as in every 32-bit operation, unsigned operations
 * become the signed ones: HotSpot divides by a constant with a multiplication only if it is signed.
 */
public final class CodeBitVectors implements BitVectors<Code, CodeTest> {
  /** The algebra has no state. */
  public static final CodeBitVectors INSTANCE = new CodeBitVectors();

  private static final LongBitVectors FOLD = LongBitVectors.INSTANCE;
  private static final ClassDesc LONG = ClassDesc.of("java.lang.Long");
  private static final MethodTypeDesc LONG_LONG_TO_LONG =
      MethodTypeDesc.of(ConstantDescs.CD_long, ConstantDescs.CD_long, ConstantDescs.CD_long);
  private static final MethodTypeDesc LONG_TO_LONG =
      MethodTypeDesc.of(ConstantDescs.CD_long, ConstantDescs.CD_long);
  private static final MethodTypeDesc LONG_LONG_TO_INT =
      MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_long, ConstantDescs.CD_long);

  private CodeBitVectors() {}

  @Override
  public Code constant(long value) {
    return new Constant(value);
  }

  @Override
  public Code add(Code a, Code b) {
    return binary(a, b, FOLD::add, CodeBuilder::ladd);
  }

  @Override
  public Code subtract(Code a, Code b) {
    return binary(a, b, FOLD::subtract, CodeBuilder::lsub);
  }

  @Override
  public Code multiply(Code a, Code b) {
    return binary(a, b, FOLD::multiply, CodeBuilder::lmul);
  }

  @Override
  public Code divideUnsigned(Code a, Code b) {
    if (areNonNegative(a, b)) {
      return divideSigned(a, b);
    }
    return binary(
        a,
        b,
        FOLD::divideUnsigned,
        out -> out.invokestatic(LONG, "divideUnsigned", LONG_LONG_TO_LONG));
  }

  @Override
  public Code remainderUnsigned(Code a, Code b) {
    if (areNonNegative(a, b)) {
      return remainderSigned(a, b);
    }
    return binary(
        a,
        b,
        FOLD::remainderUnsigned,
        out -> out.invokestatic(LONG, "remainderUnsigned", LONG_LONG_TO_LONG));
  }

  @Override
  public Code divideSigned(Code a, Code b) {
    return binary(a, b, FOLD::divideSigned, CodeBuilder::ldiv);
  }

  @Override
  public Code remainderSigned(Code a, Code b) {
    return binary(a, b, FOLD::remainderSigned, CodeBuilder::lrem);
  }

  @Override
  public Code and(Code a, Code b) {
    Code both = binary(a, b, FOLD::and, CodeBuilder::land);
    return isNonNegative(a) || isNonNegative(b) ? nonNegative(both) : both;
  }

  @Override
  public Code or(Code a, Code b) {
    return binary(a, b, FOLD::or, CodeBuilder::lor);
  }

  @Override
  public Code xor(Code a, Code b) {
    return binary(a, b, FOLD::xor, CodeBuilder::lxor);
  }

  @Override
  public Code shiftLeft(Code a, Code amount) {
    return shift(a, amount, FOLD::shiftLeft, CodeBuilder::lshl);
  }

  @Override
  public Code shiftRight(Code a, Code amount) {
    return shift(a, amount, FOLD::shiftRight, CodeBuilder::lushr);
  }

  @Override
  public Code shiftRightSigned(Code a, Code amount) {
    return shift(a, amount, FOLD::shiftRightSigned, CodeBuilder::lshr);
  }

  @Override
  public Code zeroExtend(Code a, int bits) {
    return bits == 64 ? a : and(a, constant((1L << bits) - 1));
  }

  @Override
  public Code signExtend(Code a, int bits) {
    if (bits == 64) {
      return a;
    }
    if (a instanceof Constant(long value)) {
      return constant(FOLD.signExtend(value, bits));
    }
    return new Computed(out -> {
      a.push(out);
      out.l2i();
      if (bits == 8) {
        out.i2b();
      } else if (bits == 16) {
        out.i2s();
      }
      out.i2l();
    });
  }

  @Override
  public Code reverseBytes(Code a) {
    if (a instanceof Constant(long value)) {
      return constant(FOLD.reverseBytes(value));
    }
    return new Computed(out -> {
      a.push(out);
      out.invokestatic(LONG, "reverseBytes", LONG_TO_LONG);
    });
  }

  @Override
  public CodeTest equal(Code a, Code b) {
    return (out, target, when) -> {
      compare(out, a, b);
      if (when) {
        out.ifeq(target);
      } else {
        out.ifne(target);
      }
    };
  }

  @Override
  public CodeTest lessUnsigned(Code a, Code b) {
    if (areNonNegative(a, b)) {
      return lessSigned(a, b);
    }
    return (out, target, when) -> {
      a.push(out);
      b.push(out);
      out.invokestatic(LONG, "compareUnsigned", LONG_LONG_TO_INT);
      branchIfLess(out, target, when);
    };
  }

  @Override
  public CodeTest lessSigned(Code a, Code b) {
    return (out, target, when) -> {
      compare(out, a, b);
      branchIfLess(out, target, when);
    };
  }

  @Override
  public CodeTest not(CodeTest c) {
    return (out, target, when) -> c.branch(out, target, !when);
  }

  @Override
  public Code choose(CodeTest c, Code then, Code otherwise) {
    return new Computed(out -> {
      Label no = out.newLabel();
      Label end = out.newLabel();
      c.branch(out, no, false);
      then.push(out);
      out.goto_(end);
      out.labelBinding(no);
      otherwise.push(out);
      out.labelBinding(end);
    });
  }

  private static boolean areNonNegative(Code a, Code b) {
    return isNonNegative(a) && isNonNegative(b);
  }

  private static boolean isNonNegative(Code a) {
    return a instanceof Code.NonNegative || (a instanceof Constant(long value) && value >= 0);
  }

  private static Code nonNegative(Code a) {
    return a instanceof Constant ? a : new Code.NonNegative(a);
  }

  private static void compare(CodeBuilder out, Code a, Code b) {
    a.push(out);
    b.push(out);
    out.lcmp();
  }

  private static void branchIfLess(CodeBuilder out, Label target, boolean when) {
    if (when) {
      out.iflt(target);
    } else {
      out.ifge(target);
    }
  }

  private static Code binary(
      Code a, Code b, BinaryOperator<Long> fold, Consumer<CodeBuilder> operation) {
    if (a instanceof Constant(long x) && b instanceof Constant(long y)) {
      return new Constant(fold.apply(x, y));
    }
    return new Computed(out -> {
      a.push(out);
      b.push(out);
      operation.accept(out);
    });
  }

  private static Code shift(
      Code a, Code amount, BinaryOperator<Long> fold, Consumer<CodeBuilder> operation) {
    return binary(
        a,
        amount,
        fold,
        out -> {
          out.l2i();
          operation.accept(out);
        });
  }
}
