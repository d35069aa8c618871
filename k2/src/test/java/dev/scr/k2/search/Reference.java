package dev.scr.k2.search;

import static org.junit.jupiter.api.Assertions.fail;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.LongBitVectors;
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.k2.proof.CheckerOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A second evaluator of windows, slow and plain, on the reference algebra and byte by byte. */
final class Reference {
  private static final LongBitVectors BV = LongBitVectors.INSTANCE;

  static final WindowProver PROVER =
      new SolverProver(CheckerOptions.DEFAULT.withSolverTimeout(Duration.ofSeconds(5)));

  final long[] registers;
  final Map<Long, Byte> memory = new HashMap<>();

  private Reference(Layout layout, TestCase input) {
    registers = input.registers.clone();
    for (int i = 0; i < input.memory.length; i++) {
      for (int at = 0; at < input.memory[i].length; at++) {
        memory.put(input.bases[i] + layout.low(i) + at, input.memory[i][at]);
      }
    }
  }

  /** Runs code on an input. */
  static Reference run(Layout layout, List<Instruction> code, TestCase input) {
    Reference reference = new Reference(layout, input);
    code.forEach(reference::step);
    return reference;
  }

  /** An input for which a candidate does something else, among random ones. */
  static Optional<TestCase> difference(
      Window window, List<Instruction> candidate, int inputs, long seed) {
    Layout layout = Layout.of(window).orElseThrow();
    TestCases tests = TestCases.of(layout, inputs, seed);
    for (int i = 0; i < tests.size(); i++) {
      if (differs(layout, candidate, tests.input(i))) {
        return Optional.of(tests.input(i));
      }
    }
    return Optional.empty();
  }

  /** Whether a candidate does something else for an input. */
  static boolean differs(Layout layout, List<Instruction> candidate, TestCase input) {
    Reference expected = run(layout, layout.window().code(), input);
    Reference found = run(layout, candidate, input);
    for (int r = 0; r < Reg.COUNT; r++) {
      if (((expected.registers[r] ^ found.registers[r]) & layout.liveBits(r)) != 0) {
        return true;
      }
    }
    for (int i = 0; i < layout.regionCount(); i++) {
      for (int at = 0; at < layout.size(i); at++) {
        long address = input.bases[i] + layout.low(i) + at;
        if (layout.live(i)[at]
            && !Objects.equals(expected.memory.get(address), found.memory.get(address))) {
          return true;
        }
      }
    }
    return false;
  }

  private void step(Instruction insn) {
    switch (insn) {
      case Instruction.Alu(Width width, var op, Reg dst, Operand src) ->
          set(dst, Meaning.alu(BV, op, width, get(dst), value(src)));
      case Instruction.Swap(var op, Reg dst) -> set(dst, Meaning.swap(BV, op, get(dst)));
      case Instruction.Load(MemSize size, boolean signed, Reg dst, Reg base, short offset) ->
          set(dst, Meaning.loaded(BV, size, signed, read(get(base) + offset, size.bytes())));
      case Instruction.Store(MemSize size, Reg base, short offset, Operand src) ->
          write(get(base) + offset, size.bytes(), value(src));
      case Instruction.Atomic(Width width, var op, Reg base, short offset, Reg src) -> {
        long address = get(base) + offset;
        long old = read(address, width.bits() / 8);
        long after = Meaning.atomic(BV, op, width, old, get(src), get(Reg.R0));
        write(address, width.bits() / 8, after);
      }
      case Instruction.LoadWide wide -> set(wide.dst(), wide.value());
      default -> fail("expected straight-line code, found " + insn);
    }
  }

  private long get(Reg reg) {
    return registers[reg.number()];
  }

  private void set(Reg reg, long value) {
    registers[reg.number()] = value;
  }

  private long value(Operand operand) {
    return operand instanceof Imm(int value) ? value : get((Reg) operand);
  }

  private long read(long address, int bytes) {
    long value = 0;
    for (int b = 0; b < bytes; b++) {
      Byte found = memory.get(address + b);
      if (found == null) {
        fail("read outside of the regions");
      } else {
        value |= (found & 0xffL) << (8 * b);
      }
    }
    return value;
  }

  private void write(long address, int bytes, long value) {
    for (int b = 0; b < bytes; b++) {
      if (memory.put(address + b, (byte) (value >> (8 * b))) == null) {
        fail("write outside of the regions");
      }
    }
  }
}
