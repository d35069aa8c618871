package dev.scr.ebpf.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallKernel;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadAbsolute;
import dev.scr.ebpf.isa.Instruction.LoadIndirect;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.RandomInstructions;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.machine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorsTest {
  private static final Path OURS = Path.of("src/test/resources/vectors");

  private static VectorRunner.Report run(Path folder) throws IOException {
    List<VectorEngine> engines = Arrays.stream(Engine.values()).map(VectorEngine::of).toList();
    return new VectorRunner(engines).run(folder);
  }

  @Test
  void ourVectorsPassOnEveryEngine() throws IOException {
    VectorRunner.Report report = run(OURS);
    assertEquals(List.of(), report.failed());
    assertEquals(List.of(), report.skipped());
    assertTrue(report.passed() > 500, "only " + report.passed());
  }

  @Test
  void publicVectorsPassOnEveryEngine() throws IOException {
    String folder = System.getProperty("scr.conformance", "");
    assumeTrue(!folder.isEmpty(), "needs -Dscr.conformance=FOLDER of the bpf_conformance project");
    VectorRunner.Report report = run(Path.of(folder));
    assertEquals(List.of(), report.failed());
    assertTrue(report.total() > 900, "only " + report.total());
  }

  /**
   * Every operation, at every width and with every kind of operand, is in at least one of our
   * vectors.
   */
  @Test
  void everyRowHasAVector() throws IOException {
    TreeSet<String> missing = new TreeSet<>();
    for (Instruction insn : RandomInstructions.everyForm(new SplittableRandom(1))) {
      missing.add(row(insn));
    }
    try (Stream<Path> files = Files.walk(OURS)) {
      for (Path file :
          (Iterable<Path>) files.filter(f -> f.toString().endsWith(".data"))::iterator) {
        String text = Files.readString(file);
        if (!Vector.expectsRefusal(text)) {
          Vector.parse(file.toString(), text).program().forEach(i -> missing.remove(row(i)));
        }
      }
    }
    // These need a kernel or an object file.
    for (WideSource source : WideSource.values()) {
      if (source != WideSource.CONSTANT && source != WideSource.CODE) {
        missing.remove("LoadWide " + source);
      }
    }
    missing.remove(CallKernel.class.getSimpleName());
    assertEquals(new TreeSet<String>(), missing);
  }

  private static String row(Instruction insn) {
    return switch (insn) {
      case Alu alu -> alu.op() + " " + alu.width() + " " + form(alu.src());
      case Swap swap -> swap.op().toString();
      case Load load -> "Load " + load.size() + (load.signed() ? " signed" : "");
      case Store store -> "Store " + store.size() + " " + form(store.src());
      case Atomic atomic -> atomic.op() + " " + atomic.width();
      case LoadWide wide -> "LoadWide " + wide.source();
      case LoadAbsolute load -> "LoadAbsolute " + load.size();
      case LoadIndirect load -> "LoadIndirect " + load.size();
      case Jump jump -> jump.wide() ? "gotol" : "goto";
      case Branch branch -> branch.op() + " " + branch.width() + " " + form(branch.src());
      default -> insn.getClass().getSimpleName();
    };
  }

  private static String form(Operand operand) {
    return operand instanceof Imm ? "constant" : "register";
  }

  @ParameterizedTest
  @CsvSource({
    "'-- asm\nmov %r11, 1\nexit\n-- result\n1', line 2 (mov %r11, 1): no such register r11",
    "'-- asm\nmov %r1, 4294967296\nexit\n-- result\n1', does not fit in 32 bits",
    "'-- asm\nldxb %r1, [%r1+0x10000]\nexit\n-- result\n1', does not fit in 16 bits",
    "'-- asm\nja nowhere\nexit\n-- result\n1', 'expected a label of [exit], found nowhere'",
    "'-- asm\nfrob %r1\nexit\n-- result\n1', expected a mnemonic of the instruction set",
    "'-- asm\nexit\n-- surprise\n-- result\n1', found surprise",
    "'-- asm\nexit\n', expected section result",
    "'', expected section asm or raw",
  })
  void brokenVectorsAreRefused(String text, String message) {
    InvalidVectorException e =
        assertThrows(InvalidVectorException.class, () -> Vector.parse("x.data", text));
    assertTrue(e.getMessage().startsWith("x.data"), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
