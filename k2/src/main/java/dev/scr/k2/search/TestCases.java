package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.proof.Precondition.KnownValue;
import dev.scr.k2.proof.Region;
import dev.scr.k2.proof.ValueFact;
import dev.scr.k2.proof.ValueFact.Scalar;
import dev.scr.k2.proof.WindowVerdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Concrete inputs of a window with what the original makes of them: corner values first, then
 * random ones, and the solver's counterexamples. Addresses are random 64-bit numbers, as in a
 * kernel, never small ones: an optimizer that tries only those takes a pointer's upper half for
 * zero. Owned by one thread.
 */
public final class TestCases {
  /** Inputs that a fresh set has. */
  public static final int INITIAL = 64;

  private static final long[] CORNERS = {
    0,
    1,
    -1,
    0xff,
    0x80,
    0xffff,
    0x8000,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0000L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    0xff00_ff00_ff00_ff00L,
    0x0123_4567_89ab_cdefL
  };

  private final Layout layout;
  private final Machine machine;
  private final List<TestCase> inputs = new ArrayList<>();
  private final List<TestCase> outputs = new ArrayList<>();
  private final Step[] original;
  private int counterexamples;

  private TestCases(Layout layout) {
    this.layout = layout;
    this.machine = new Machine(layout);
    this.original = steps(layout, layout.window().code());
  }

  /**
   * Inputs for a window.
   *
   * @return an empty set if no number fits the facts about some register
   */
  static TestCases of(Layout layout, int count, long seed) {
    TestCases tests = new TestCases(layout);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < count; i++) {
      TestCase input = tests.draw(i, random);
      if (input == null || !tests.add(input)) {
        tests.inputs.clear();
        tests.outputs.clear();
        return tests;
      }
    }
    return tests;
  }

  /** Decodes code for a layout. */
  static Step[] steps(Layout layout, List<Instruction> code) {
    return code.stream().map(insn -> Step.of(insn, layout)).toArray(Step[]::new);
  }

  /** How many inputs. */
  public int size() {
    return inputs.size();
  }

  /** How many of them came from counterexamples; they are the first ones. */
  public int counterexamples() {
    return counterexamples;
  }

  TestCase input(int i) {
    return inputs.get(i);
  }

  /** Registers and memory after the original. */
  TestCase output(int i) {
    return outputs.get(i);
  }

  private boolean add(TestCase input) {
    if (!machine.run(original, original.length, input)) {
      return false;
    }
    inputs.add(input);
    outputs.add(result(input));
    return true;
  }

  private TestCase result(TestCase input) {
    byte[][] memory = new byte[machine.memory.length][];
    for (int i = 0; i < memory.length; i++) {
      memory[i] = machine.memory[i].clone();
    }
    return new TestCase(machine.r.clone(), input.bases, memory);
  }

  /**
   * Adds an input that told a candidate from the original, in front of the others.
   *
   * @return whether it really does so here
   */
  boolean addCounterexample(WindowVerdict.Input found, List<Instruction> candidate) {
    TestCase input = convert(found);
    Step[] steps = steps(layout, candidate);
    if (!machine.run(original, original.length, input)) {
      return false;
    }
    TestCase expected = result(input);
    boolean shows = !agrees(steps, steps.length, input, expected);
    inputs.addFirst(input);
    outputs.addFirst(expected);
    counterexamples++;
    return shows;
  }

  private TestCase convert(WindowVerdict.Input found) {
    long[] registers = found.registers().stream().mapToLong(Long::longValue).toArray();
    long[] bases = new long[layout.regionCount()];
    byte[][] memory = new byte[bases.length][];
    SplittableRandom random = new SplittableRandom(inputs.size());
    for (int i = 0; i < bases.length; i++) {
      Region region = layout.regions().get(i);
      Long base = found.bases().get(region);
      bases[i] = base == null ? base(random) : base;
      memory[i] = new byte[layout.size(i)];
      for (Map.Entry<Long, Byte> entry :
          found.bytes().getOrDefault(region, Map.<Long, Byte>of()).entrySet()) {
        long at = entry.getKey() - layout.low(i);
        if (at >= 0 && at < memory[i].length) {
          memory[i][(int) at] = entry.getValue();
        }
      }
    }
    return new TestCase(registers, bases, memory);
  }

  /** Whether a candidate gives the original's result for every input. */
  boolean pass(Step[] code, int count) {
    for (int i = 0; i < inputs.size(); i++) {
      if (!agrees(code, count, inputs.get(i), outputs.get(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean agrees(Step[] code, int count, TestCase input, TestCase expected) {
    return machine.run(code, count, input) && same(expected);
  }

  private boolean same(TestCase expected) {
    for (int r = 0; r < Reg.COUNT; r++) {
      if (((machine.r[r] ^ expected.registers[r]) & layout.liveBits(r)) != 0) {
        return false;
      }
    }
    for (int i = 0; i < machine.memory.length; i++) {
      boolean[] live = layout.live(i);
      byte[] found = machine.memory[i];
      byte[] wanted = expected.memory[i];
      for (int at = 0; at < found.length; at++) {
        if (live[at] && found[at] != wanted[at]) {
          return false;
        }
      }
    }
    return true;
  }

  private @org.jspecify.annotations.Nullable TestCase draw(int number, SplittableRandom random) {
    long[] bases = new long[layout.regionCount()];
    for (int i = 0; i < bases.length; i++) {
      bases[i] = base(random);
    }
    long[] registers = new long[Reg.COUNT];
    for (int r = 0; r < Reg.COUNT; r++) {
      ValueFact fact = layout.window().before().registers().get(r);
      switch (fact) {
        case ValueFact.Unusable _, ValueFact.VariablePointer _ -> registers[r] = random.nextLong();
        case Scalar scalar -> {
          int attempts = 0;
          do {
            registers[r] = scalar(scalar, number + (attempts + r) * 2, attempts, random);
            if (++attempts > 500) {
              return null;
            }
          } while (!contains(scalar, registers[r]));
        }
        case ValueFact.Pointer(Region region, long offset) ->
            registers[r] = bases[layout.indexOf(region)] + offset;
        case ValueFact.SameAs(Reg other) -> registers[r] = registers[other.number()];
      }
    }
    return new TestCase(registers, bases, memory(number, random, bases));
  }

  /** An address as a kernel has them: high, and aligned to 8. */
  private static long base(SplittableRandom random) {
    return (random.nextLong() | 1L << 63) & ~7L;
  }

  private static long scalar(Scalar fact, int number, int attempt, SplittableRandom random) {
    // Corners and random numbers in turn, so that few inputs have both.
    if (number % 2 == 0 && number < 2 * CORNERS.length) {
      return adapt(fact, CORNERS[number / 2]);
    }
    long drawn =
        switch (random.nextInt(6)) {
          case 0 -> random.nextInt(256);
          case 1 -> random.nextInt() & 0xffff_ffffL;
          case 2 -> CORNERS[random.nextInt(CORNERS.length)];
          case 3 -> 1L << random.nextInt(64);
          default -> random.nextLong();
        };
    long width = fact.unsignedMax() - fact.unsignedMin();
    if (attempt % 3 == 1 && width != -1) {
      return fact.unsignedMin() + Long.remainderUnsigned(drawn, width + 1);
    }
    if (attempt > 300) {
      return switch (attempt % 4) {
        case 0 -> fact.unsignedMin();
        case 1 -> fact.unsignedMax();
        case 2 -> fact.signedMin();
        default -> fact.signedMax();
      };
    }
    return adapt(fact, drawn);
  }

  private static long adapt(Scalar fact, long drawn) {
    return (drawn & fact.unknown()) | fact.bits();
  }

  private static boolean contains(Scalar fact, long number) {
    return ((number ^ fact.bits()) & ~fact.unknown()) == 0
        && Long.compareUnsigned(number, fact.unsignedMin()) >= 0
        && Long.compareUnsigned(number, fact.unsignedMax()) <= 0
        && number >= fact.signedMin()
        && number <= fact.signedMax();
  }

  private byte[][] memory(int number, SplittableRandom random, long[] bases) {
    byte[][] memory = new byte[layout.regionCount()][];
    for (int i = 0; i < memory.length; i++) {
      memory[i] = new byte[layout.size(i)];
      if (number == 0) {
        continue;
      }
      for (int at = 0; at < memory[i].length; at++) {
        memory[i][at] = number == 1 ? -1 : (byte) random.nextInt();
      }
    }
    for (KnownValue known : layout.window().before().known()) {
      int i = layout.indexOf(known.region());
      long at = known.offset() - layout.low(i);
      long value =
          switch (known.value()) {
            case Scalar scalar -> known(scalar, number, random);
            case ValueFact.Pointer(Region region, long offset) ->
                bases[layout.indexOf(region)] + offset;
            case ValueFact.Unusable _, ValueFact.VariablePointer _, ValueFact.SameAs _ ->
                random.nextLong();
          };
      for (int b = 0; b < known.size().bytes(); b++) {
        if (at + b >= 0 && at + b < memory[i].length) {
          memory[i][(int) at + b] = (byte) (value >> (8 * b));
        }
      }
    }
    return memory;
  }

  private static long known(Scalar fact, int number, SplittableRandom random) {
    for (int attempt = 0; attempt < 500; attempt++) {
      long value = scalar(fact, number + attempt * 2, attempt, random);
      if (contains(fact, value)) {
        return value;
      }
    }
    return fact.unsignedMin();
  }
}
