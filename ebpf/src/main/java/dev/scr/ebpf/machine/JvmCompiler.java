package dev.scr.ebpf.machine;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.object.ProgramSpec;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.attribute.SourceFileAttribute;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles a program to a hidden class: one static method per function, registers as local
 * variables; what belongs to an instance comes from its {@link Environment}. A function that would
 * be too large for HotSpot's compilers is cut into several methods.
 *
 * <pre>
 *   call(function, env, frame, r1..r5)   switch → fN(env, frame, r1..r5)
 *   fN                                   small function: its whole body
 *                                        large function: loop { switch (part) → fN_pK(env, frame, entry) }
 * </pre>
 */
final class JvmCompiler {
  static final ClassDesc CD_ENVIRONMENT = ClassDesc.of(Environment.class.getName());
  static final MethodTypeDesc FUNCTION =
      MethodTypeDesc.of(
          CD_long, CD_ENVIRONMENT, CD_long, CD_long, CD_long, CD_long, CD_long, CD_long);

  private static final ClassDesc CD_OBJECT = ClassDesc.of("java.lang.Object");
  private static final ClassDesc CD_EXECUTABLE = ClassDesc.of(Executable.class.getName());
  private static final MethodTypeDesc CALL =
      MethodTypeDesc.of(
          CD_long, CD_int, CD_ENVIRONMENT, CD_long, CD_long, CD_long, CD_long, CD_long, CD_long);

  /** Characters of a program's name that stack traces and profilers show. */
  private static final int SHOWN_NAME = 64;

  /** Classes that are kept for another instance of the same program. */
  private static final int MOST_RECENT = 64;

  /** By their bytes, the one that was asked for last at the end. */
  private static final Map<ByteBuffer, Executable> RECENT =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Executable> eldest) {
              return size() > MOST_RECENT;
            }
          });

  private final Unit unit;
  private final ClassDesc self = ClassDesc.of(JvmCompiler.class.getPackageName(), "Compiled");

  /**
   * What is compiled.
   *
   * @param number of the program in its instance
   */
  record Unit(
      ProgramSpec spec,
      ControlFlow flow,
      RegisterKinds kinds,
      KnownPointers pointers,
      Environment environment,
      ContextLayout layout,
      int number,
      Translation translation,
      boolean checked) {}

  private JvmCompiler(Unit unit) {
    this.unit = unit;
  }

  static Executable compile(Unit unit) {
    return define(unit, translate(unit));
  }

  /** The class of a program. */
  static byte[] translate(Unit unit) {
    JvmCompiler compiler = new JvmCompiler(unit);
    return ClassFile.of().build(compiler.self, compiler::members);
  }

  /**
   * Makes the class of a program part of this JVM. Nothing in it belongs to one instance, so that a
   * class of the same bytes, if there is one, serves as well: replicas run the same code, which
   * HotSpot compiles once. A program of another name has a class of its own.
   */
  static Executable define(Unit unit, byte[] bytes) {
    Executable compiled = RECENT.computeIfAbsent(ByteBuffer.wrap(bytes), _ -> define(bytes));
    return unit.checked() ? new TrapReporter(unit.spec(), compiled) : compiled;
  }

  private static Executable define(byte[] bytes) {
    try {
      return (Executable)
          MethodHandles.lookup()
              .defineHiddenClass(bytes, true)
              .lookupClass()
              .getDeclaredConstructor()
              .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("compiled program", e);
    }
  }

  /** Turns a fault of a checked program into a trap with the instruction's place. */
  private record TrapReporter(ProgramSpec spec, Executable compiled) implements Executable {
    @Override
    public long call(
        int function, Environment env, long frame, long r1, long r2, long r3, long r4, long r5) {
      try {
        return compiled.call(function, env, frame, r1, r2, r3, r4, r5);
      } catch (Fault fault) {
        int index = Math.max(0, spec.code().indexAt(env.at));
        throw new TrapException(
            spec.name(), env.at, spec.code().get(index).toString(), fault.what());
      }
    }
  }

  private void members(ClassBuilder type) {
    type.withInterfaceSymbols(CD_EXECUTABLE).withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
    String name = unit.spec().name();
    type.with(SourceFileAttribute.of(name.substring(0, Math.min(SHOWN_NAME, name.length()))));
    type.withMethodBody(
        INIT_NAME,
        MethodTypeDesc.of(CD_void),
        0,
        out ->
            out.aload(0).invokespecial(CD_OBJECT, INIT_NAME, MethodTypeDesc.of(CD_void)).return_());
    type.withMethodBody("call", CALL, ClassFile.ACC_PUBLIC, this::call);
    for (int f = 0; f < unit.flow().functions().size(); f++) {
      new FunctionCompiler(unit, self, f).emit(type);
    }
  }

  private void call(CodeBuilder out) {
    int functions = unit.flow().functions().size();
    Label unknown = out.newLabel();
    List<SwitchCase> cases = new ArrayList<>();
    for (int f = 0; f < functions; f++) {
      cases.add(SwitchCase.of(f, out.newLabel()));
    }
    out.iload(1).tableswitch(0, functions - 1, unknown, cases);
    for (SwitchCase function : cases) {
      out.labelBinding(function.target()).aload(2);
      for (int argument = 0; argument < 6; argument++) {
        out.lload(3 + 2 * argument);
      }
      out.invokestatic(self, FunctionCompiler.name(function.caseValue()), FUNCTION).lreturn();
    }
    out.labelBinding(unknown).aconst_null().athrow();
  }
}
