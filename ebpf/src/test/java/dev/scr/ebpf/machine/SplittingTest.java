package dev.scr.ebpf.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.conformance.RandomPrograms;
import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.machine.FunctionParts.Part;
import dev.scr.ebpf.object.ProgramSpec;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Functions that are cut into parts, and both doors to memory, do what the interpreter does. */
class SplittingTest {
  private static final long SEED = Long.getLong("seed", 20260202);
  private static final int PROGRAMS = Integer.getInteger("scr.fuzz", 2000) / 4;
  private static final int PACKETS = 3;
  private static final Translation SMALL_PARTS = new Translation(MemoryDoor.best(), 400);

  @Test
  void programsInSmallPartsAgree() {
    System.out.println("splitting: " + PROGRAMS + " programs, -Dseed=" + SEED);
    for (int i = 0; i < PROGRAMS; i++) {
      long seed = SEED + i;
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(seed), 25);
      Translation parts = new Translation(MemoryDoor.best(), 60 + (int) (seed % 900));
      assertEquals(
          run(spec, Engine.INTERPRETER, SMALL_PARTS, seed),
          run(spec, Engine.JVM, parts, seed),
          () -> parts + " differs; -Dseed=" + seed + " -Dscr.fuzz=4\n" + spec.code());
    }
  }

  /** A fault that was there once: the result of a copied end of the function got lost. */
  @Test
  void aPartThatRunsIntoACopiedEndHandsItsResultOn() {
    long seed = 777_000_600;
    ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(seed), 25);
    Translation parts = new Translation(MemoryDoor.best(), 60);
    assertEquals(run(spec, Engine.INTERPRETER, parts, seed), run(spec, Engine.JVM, parts, seed));
  }

  @Test
  void bothDoorsToMemoryAgree() {
    for (long seed = SEED; seed < SEED + 100; seed++) {
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(seed), 20);
      List<String> expected = run(spec, Engine.INTERPRETER, SMALL_PARTS, seed);
      for (MemoryDoor door : MemoryDoor.values()) {
        if (door.isAllowed()) {
          Translation translation = new Translation(door, 6_000);
          assertEquals(expected, run(spec, Engine.JVM, translation, seed), "seed " + seed);
        }
      }
    }
  }

  /** The planted fault: a part keeps one register, of those that live on, to itself. */
  @Test
  void aRegisterThatIsNotHandedOnIsNoticed() {
    int planted = 0;
    int noticed = 0;
    for (long seed = SEED; seed < SEED + 20; seed++) {
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(seed), 25);
      List<String> expected = run(spec, Engine.INTERPRETER, SMALL_PARTS, seed);
      for (int store = 0; store < 3; store++) {
        List<String> found = runWithFault(spec, 5 * store, seed);
        planted++;
        noticed += found.equals(expected) ? 0 : 1;
      }
    }
    // Others sit behind branches that no packet takes, or in registers that a call only may read.
    assertTrue(noticed > planted / 3, noticed + " of " + planted + " faults noticed");
  }

  @Test
  void noCutGoesThroughALoopThatFits() {
    for (long seed = SEED; seed < SEED + 50; seed++) {
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(seed), 200);
      ControlFlow flow = ControlFlow.of(spec.code());
      ControlFlow.Function function = flow.functions().getFirst();
      int[] bytes = new int[function.end()];
      Arrays.fill(bytes, 1);
      List<Part> parts = FunctionParts.of(spec.code(), function, bytes, bytes.length / 3);
      assertTrue(parts.size() > 1, "seed " + seed);
      for (int i = 0; i < function.end(); i++) {
        if (isJump(spec, i) && spec.code().target(i) <= i) {
          assertEquals(part(parts, i), part(parts, spec.code().target(i)), "seed " + seed);
        }
      }
    }
  }

  private static boolean isJump(ProgramSpec spec, int index) {
    return spec.code().get(index) instanceof dev.scr.ebpf.isa.Instruction.Branch;
  }

  private static Part part(List<Part> parts, int index) {
    return parts.stream()
        .filter(p -> p.from() <= index && index < p.to())
        .findFirst()
        .orElseThrow();
  }

  private static List<String> run(
      ProgramSpec spec, Engine engine, Translation translation, long seed) {
    try (BpfInstance instance =
        BpfInstance.builder(RandomPrograms.MAPS).engine(engine).translation(translation).build()) {
      return run(instance, instance.xdp(spec), seed);
    }
  }

  private static List<String> runWithFault(ProgramSpec spec, int store, long seed) {
    try (BpfInstance instance =
        BpfInstance.builder(RandomPrograms.MAPS)
            .engine(Engine.JVM_CHECKED) // what the fault does to a pointer must not end the JVM
            .translation(SMALL_PARTS)
            .build()) {
      JvmCompiler.Unit unit = instance.unit(spec, ContextLayout.XDP, ControlFlow.of(spec.code()));
      Executable faulty = JvmCompiler.define(unit, withFault(JvmCompiler.translate(unit), store));
      return run(instance, instance.xdp(faulty), seed);
    } catch (TrapException e) {
      return List.of(e.toString());
    }
  }

  /** Leaves out one of the stores to the register file at the end of the function's parts. */
  private static byte[] withFault(byte[] compiled, int store) {
    AtomicInteger seen = new AtomicInteger();
    CodeTransform forget =
        (CodeBuilder out, CodeElement element) -> {
          boolean isStore =
              element instanceof ArrayStoreInstruction array && array.opcode() == Opcode.LASTORE;
          if (isStore && seen.getAndIncrement() == store) {
            out.pop2().pop2(); // the value, then the index and the array
          } else {
            out.with(element);
          }
        };
    ClassFile classes = ClassFile.of();
    return classes.transformClass(
        classes.parse(compiled),
        ClassTransform.transformingMethodBodies(SplittingTest::isPartOfMain, forget));
  }

  private static boolean isPartOfMain(MethodModel method) {
    return method.methodName().stringValue().startsWith(FunctionCompiler.name(0) + "_p");
  }

  private static List<String> run(BpfInstance instance, XdpProgram program, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> log = new ArrayList<>();
    byte[] packet = new byte[RandomPrograms.PACKET_BYTES];
    for (int i = 0; i < PACKETS; i++) {
      random.nextBytes(packet);
      int verdict = program.run(packet);
      log.add(verdict + " " + HexFormat.of().formatHex(program.packet()));
    }
    log.add("short " + program.run(new byte[10]));
    instance.maps().forEach(map -> log.add(map.spec().name() + " " + map.entries()));
    return log;
  }
}
