package dev.scr.ebpf.meaning;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;

/** JVM code that decides a condition. */
@FunctionalInterface
public interface CodeTest {
  /**
   * Emits a jump to {@code target} if the condition has the value {@code when}; else control falls
   * through.
   */
  void branch(CodeBuilder out, Label target, boolean when);
}
