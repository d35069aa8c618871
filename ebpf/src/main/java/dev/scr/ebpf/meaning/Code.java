package dev.scr.ebpf.meaning;

import java.lang.classfile.CodeBuilder;

/** JVM code that pushes a long. It may be emitted more than once, so it has no side effects. */
public sealed interface Code {
  /** Emits the code. */
  void push(CodeBuilder out);

  /** A constant, which the bytecode algebra folds. */
  record Constant(long value) implements Code {
    @Override
    public void push(CodeBuilder out) {
      out.loadConstant(value);
    }
  }

  /** A local variable. */
  record Local(int slot) implements Code {
    @Override
    public void push(CodeBuilder out) {
      out.lload(slot);
    }
  }

  /** A value that is not negative, seen as a signed one. */
  record NonNegative(Code value) implements Code {
    @Override
    public void push(CodeBuilder out) {
      value.push(out);
    }
  }

  /** Anything else. */
  record Computed(Emitter emitter) implements Code {
    @Override
    public void push(CodeBuilder out) {
      emitter.emit(out);
    }
  }

  /** Emits instructions whose net effect is one more long on the operand stack. */
  @FunctionalInterface
  interface Emitter {
    /** Emits them. */
    void emit(CodeBuilder out);
  }
}
