package dev.scr.k2.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.input.ProgramFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The checker is tested by faults: one random instruction of a program is changed. Whenever the
 * interpreter shows that this changes what the program does, the checker must say so without having
 * run anything first; whenever the checker says "equivalent", runs must agree.
 */
class MutationTest {
  private static final List<MapSpec> MAPS =
      List.of(
          MapSpec.of("counts", MapType.ARRAY, 4, 8, 4),
          MapSpec.of("flows", MapType.HASH, 16, 8, 16));

  private static final String COUNTER =
      """
      r0 = 0
      r2 = *(u32 *)(r1 + 0)
      r3 = *(u32 *)(r1 + 4)
      r4 = r2
      r4 += 34
      if r4 > r3 goto out
      r4 = *(u8 *)(r2 + 12)
      r5 = *(u8 *)(r2 + 13)
      r5 <<= 8
      r5 |= r4
      if r5 != 8 goto out
      r6 = *(u8 *)(r2 + 23)
      r6 &= 3
      *(u32 *)(r10 - 4) = r6
      r2 = r10
      r2 += -4
      r1 = map[idx:0] ll
      call 1
      if r0 == 0 goto pass
      r1 = *(u64 *)(r0 + 0)
      r1 += 1
      *(u64 *)(r0 + 0) = r1
      pass:
      r0 = 2
      out:
      exit
      """;

  private static final String FIREWALL =
      """
      r7 = 1
      r2 = *(u32 *)(r1 + 0)
      r3 = *(u32 *)(r1 + 4)
      r4 = 0
      *(u64 *)(r10 - 16) = r4
      *(u64 *)(r10 - 8) = r4
      r4 = r2
      r4 += 42
      if r4 > r3 goto out
      r5 = *(u16 *)(r2 + 12)
      if r5 != 8 goto out
      r5 = *(u8 *)(r2 + 23)
      if r5 == 17 goto flow
      if r5 != 6 goto out
      flow:
      *(u8 *)(r10 - 16) = r5
      r4 = *(u32 *)(r2 + 26)
      r5 = *(u32 *)(r2 + 30)
      if r4 > r5 goto swapped
      *(u32 *)(r10 - 12) = r4
      *(u32 *)(r10 - 8) = r5
      goto ask
      swapped:
      *(u32 *)(r10 - 12) = r5
      *(u32 *)(r10 - 8) = r4
      ask:
      r8 = *(u32 *)(r1 + 12)
      r2 = r10
      r2 += -16
      r1 = map[idx:1] ll
      call 1
      if r0 != 0 goto known
      if r8 == 7 goto out
      *(u64 *)(r10 - 24) = r8
      r2 = r10
      r2 += -16
      r3 = r10
      r3 += -24
      r4 = 0
      r1 = map[idx:1] ll
      call 2
      r7 = 2
      goto out
      known:
      r7 = *(u64 *)(r0 + 0)
      r7 &= 3
      out:
      r0 = r7
      exit
      """;

  private static final String MIRROR =
      """
      r0 = 1
      r2 = *(u32 *)(r1 + 0)
      r3 = *(u32 *)(r1 + 4)
      r4 = r2
      r4 += 34
      if r4 > r3 goto out
      r3 = *(u16 *)(r2 + 0)
      r4 = *(u16 *)(r2 + 6)
      *(u16 *)(r2 + 0) = r4
      *(u16 *)(r2 + 6) = r3
      r3 = *(u32 *)(r2 + 2)
      r4 = *(u32 *)(r2 + 8)
      *(u32 *)(r2 + 2) = r4
      *(u32 *)(r2 + 8) = r3
      r3 = *(u8 *)(r2 + 14)
      r3 &= 15
      r3 <<= 2
      if r3 < 20 goto out
      r5 = *(u16 *)(r2 + 24)
      r5 = be16 r5
      r5 += 256
      r4 = r5
      r4 >>= 16
      r5 += r4
      r5 = be16 r5
      *(u16 *)(r2 + 24) = r5
      r0 = 3
      out:
      exit
      """;

  private static final String FILTER =
      """
      r6 = r1
      r0 = *(u16 *)skb[12]
      if r0 != 2048 goto drop
      r0 = *(u8 *)skb[14]
      r0 &= 15
      r0 <<= 2
      r7 = r0
      r0 = *(u8 *)skb[23]
      if r0 != 17 goto drop
      r0 = *(u16 *)skb[r7 + 16]
      if r0 == 53 goto keep
      drop:
      r0 = 0
      exit
      keep:
      r0 = -1
      exit
      """;

  private static final int MUTANTS = Integer.getInteger("scr.mutants", 150);
  private static final int REGION_MUTANTS = Integer.getInteger("scr.mutants", 50);
  private static final int LOOP_MUTANTS = Integer.getInteger("scr.mutants", 48) / 3;
  private static final long SEED = Long.getLong("seed", 20260101);
  private static final int RUNS = 40;

  /** No random runs of its own before the proof. */
  private static final CheckerOptions OPTIONS =
      new CheckerOptions(true, Duration.ofSeconds(10), 0, 3_000, 20_000, 0, 1);

  private final SplittableRandom random = new SplittableRandom(SEED);

  private static List<ProgramSpec> programs() {
    return List.of(
        program(ProgramType.XDP, COUNTER),
        program(ProgramType.XDP, FIREWALL),
        program(ProgramType.XDP, MIRROR),
        program(ProgramType.SOCKET_FILTER, FILTER));
  }

  private static ProgramSpec program(ProgramType type, String text) {
    return ProgramSpec.of("p", type, Assembler.assemble(text), MAPS);
  }

  private <T> T pick(List<T> rows) {
    return rows.get(random.nextInt(rows.size()));
  }

  private Reg register() {
    return Reg.of(random.nextInt(10));
  }

  private Operand other(Operand operand) {
    return switch (operand) {
      case Reg _ -> register();
      case Imm(int value) ->
          new Imm(
              random.nextBoolean()
                  ? value + (random.nextBoolean() ? 1 : -1)
                  : value ^ (1 << random.nextInt(32)));
    };
  }

  /** The instruction with one thing changed. */
  private Instruction change(Instruction insn) {
    boolean operand = random.nextBoolean();
    return switch (insn) {
      case Alu alu when operand -> new Alu(alu.width(), alu.op(), alu.dst(), other(alu.src()));
      case Alu alu when random.nextBoolean() ->
          new Alu(alu.width(), alu.op(), register(), alu.src());
      case Alu alu -> new Alu(alu.width(), pick(List.of(AluOp.values())), alu.dst(), alu.src());
      case Load load when operand ->
          new Load(pick(List.of(MemSize.values())), false, load.dst(), load.base(), load.offset());
      case Load load ->
          new Load(
              load.size(),
              load.signed(),
              load.dst(),
              load.base(),
              (short) (load.offset() + random.nextInt(9) - 4));
      case Store store when operand ->
          new Store(store.size(), store.base(), store.offset(), other(store.src()));
      case Store store ->
          new Store(pick(List.of(MemSize.values())), store.base(), store.offset(), store.src());
      case Branch branch when operand ->
          new Branch(
              branch.width(), branch.op(), branch.dst(), other(branch.src()), branch.offset());
      case Branch branch ->
          new Branch(
              branch.width(),
              pick(List.of(JmpOp.values())),
              branch.dst(),
              branch.src(),
              branch.offset());
      default -> new Jump(false, 0);
    };
  }

  /** A program with one instruction changed; empty if the change has no valid form. */
  private Optional<ProgramSpec> mutant(ProgramSpec spec) {
    return mutant(spec, random.nextInt(spec.code().size()));
  }

  private Optional<ProgramSpec> mutant(ProgramSpec spec, int at) {
    List<Instruction> code = new ArrayList<>(spec.code().instructions());
    try {
      Instruction changed = change(code.get(at));
      if (changed.equals(code.get(at)) || changed.slots() != code.get(at).slots()) {
        return Optional.empty();
      }
      code.set(at, changed);
      return Optional.of(
          new ProgramSpec(
              spec.name(),
              spec.section(),
              spec.type(),
              new InstructionList(code),
              spec.functions(),
              spec.maps()));
    } catch (BpfException e) {
      return Optional.empty();
    }
  }

  /** Whether runs show a difference; empty if the machine does not take the mutant. */
  private Optional<Boolean> behavesDifferently(ProgramSpec spec, ProgramSpec mutant) {
    return behavesDifferently(spec, mutant, () -> RandomRuns.input(spec, random));
  }

  private static Optional<Boolean> behavesDifferently(
      ProgramSpec spec, ProgramSpec mutant, Supplier<Counterexample> inputs) {
    Replay replay = new Replay(spec, mutant);
    try {
      for (int i = 0; i < RUNS; i++) {
        if (replay.difference(inputs.get()).isPresent()) {
          return Optional.of(true);
        }
      }
      return Optional.of(false);
    } catch (Refusal e) {
      return Optional.empty();
    }
  }

  @Test
  void everyMutantThatBehavesDifferentlyIsFound() {
    List<ProgramSpec> programs = programs();
    int different = 0;
    int equivalent = 0;
    int unknown = 0;
    List<String> missed = new ArrayList<>();
    try (EquivalenceChecker checker = EquivalenceChecker.create(OPTIONS)) {
      for (int tried = 0; tried < MUTANTS; ) {
        ProgramSpec spec = pick(programs);
        Optional<ProgramSpec> mutant = mutant(spec);
        Optional<Boolean> changed = mutant.flatMap(m -> behavesDifferently(spec, m));
        if (changed.isEmpty()) {
          continue;
        }
        tried++;
        Verdict verdict = checker.check(spec, mutant.orElseThrow());
        switch (verdict) {
          case Verdict.Different _ -> different++;
          case Verdict.Equivalent _ -> equivalent++;
          case Verdict.Unknown _ -> unknown++;
        }
        if (changed.get() && !(verdict instanceof Verdict.Different)) {
          missed.add(spec.name() + ": " + verdict + "\n" + mutant.orElseThrow().code());
        }
      }
    }
    String counts =
        "seed "
            + SEED
            + ": "
            + different
            + " different, "
            + equivalent
            + " equivalent, "
            + unknown
            + " unknown";
    System.out.println("mutants: " + counts);
    assertEquals(List.of(), missed, counts);
    assertTrue(different > MUTANTS / 3, counts);
  }

  /** Sixteen branches one after the other, a table and a counter: 65,536 paths and more. */
  private static ProgramSpec manyPaths() {
    StringBuilder text =
        new StringBuilder(
            """
            r0 = 1
            r7 = *(u32 *)(r1 + 0)
            r3 = *(u32 *)(r1 + 4)
            r2 = r7
            r2 += 34
            if r2 > r3 goto out
            r6 = 0
            *(u64 *)(r10 - 16) = r6
            """);
    for (int i = 0; i < 16; i++) {
      text.append(
          """
          r3 = *(u8 *)(r7 + PLACE)
          r4 = *(u8 *)(r7 + PLACE)
          if r3 > r4 goto lPLACE
          r6 += r3
          *(u8 *)(r10 - 16) = r6
          lPLACE:
          """
              .replaceFirst("PLACE", Integer.toString(12 + i))
              .replaceFirst("PLACE", Integer.toString(i))
              .replace("PLACE", Integer.toString(i)));
    }
    text.append(
        """
        r6 &= 3
        *(u32 *)(r10 - 4) = r6
        r2 = r10
        r2 += -4
        r1 = map[idx:0] ll
        call 1
        if r0 == 0 goto pass
        r1 = *(u64 *)(r0 + 0)
        r1 += 1
        *(u64 *)(r0 + 0) = r1
        pass:
        r0 = *(u64 *)(r10 - 16)
        out:
        exit
        """);
    return program(ProgramType.XDP, text.toString());
  }

  @Test
  void noMutantThatBehavesDifferentlyIsProvedRegionByRegion() {
    List<ProgramSpec> programs = new ArrayList<>(programs());
    programs.add(manyPaths());
    programs.add(manyPaths());
    int different = 0;
    int equivalent = 0;
    List<String> wrong = new ArrayList<>();
    try (StepChecker patient = StepChecker.create(OPTIONS)) {
      for (ProgramSpec spec : programs) {
        Verdict same = patient.check(spec, spec);
        assertTrue(same instanceof Verdict.Equivalent, same.toString());
      }
    }
    // A proof that is not found in time is no fault here.
    try (StepChecker checker = StepChecker.create(OPTIONS.withTimeLimit(Duration.ofSeconds(1)))) {
      for (int tried = 0; tried < REGION_MUTANTS; ) {
        ProgramSpec spec = pick(programs);
        Optional<ProgramSpec> mutant = mutant(spec);
        Optional<Boolean> changed = mutant.flatMap(m -> behavesDifferently(spec, m));
        if (changed.isEmpty()) {
          continue;
        }
        tried++;
        boolean proved = checker.check(spec, mutant.orElseThrow()) instanceof Verdict.Equivalent;
        different += changed.get() ? 1 : 0;
        equivalent += proved ? 1 : 0;
        if (changed.get() && proved) {
          wrong.add(mutant.orElseThrow().code().toString());
        }
      }
    }
    String counts =
        "seed " + SEED + ": " + different + " behave differently, " + equivalent + " are proved";
    System.out.println("mutants by regions: " + counts);
    assertEquals(List.of(), wrong, counts);
    assertTrue(different > REGION_MUTANTS / 3, counts);
  }

  private static final Path HANDLERS =
      Path.of(System.getProperty("scr.root", ".."))
          .resolve("hosts/src/main/resources/dev/scr/hosts/program");

  /** Header of a frame with history, and a TCP segment behind it. */
  private static final int HEADER_BYTES = 40;

  private static final int SEGMENT_BYTES = 54;

  /** The number with which a program compares the byte of the packet at an offset. */
  private static int expected(ProgramSpec spec, int offset) {
    List<Instruction> code = spec.code().instructions();
    for (int i = 0; i + 1 < code.size(); i++) {
      if (code.get(i) instanceof Load load
          && load.size() == MemSize.B
          && load.offset() == offset
          && code.get(i + 1) instanceof Branch branch
          && branch.src() instanceof Imm(int value)) {
        return value;
      }
    }
    throw new IllegalStateException("expected a comparison of byte " + offset);
  }

  /** A frame with up to seven packets of history, of three kinds ({@code docs/wire-format.md}). */
  private Counterexample history(ProgramSpec spec) {
    int slotBytes = expected(spec, 19);
    int slots = 1 + random.nextInt(7);
    int valid = random.nextInt(slots + 1);
    ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + slots * slotBytes + SEGMENT_BYTES);
    frame.putShort(12, (short) 0x88b5).put(14, (byte) 1).put(15, (byte) expected(spec, 15));
    frame.put(18, (byte) slots).put(19, (byte) slotBytes);
    frame.put(20, (byte) random.nextInt(slots)).put(21, (byte) valid);
    frame.putInt(24, 1 + random.nextInt(valid + 3)).putShort(28, (short) SEGMENT_BYTES);
    byte[][] kinds = new byte[3][slotBytes];
    for (byte[] kind : kinds) {
      random.nextBytes(kind);
      kind[0] = 10;
      kind[slotBytes - 1] = 0;
    }
    for (int slot = 0; slot < slots; slot++) {
      frame.put(HEADER_BYTES + slot * slotBytes, kinds[random.nextInt(kinds.length)]);
    }
    int packet = HEADER_BYTES + slots * slotBytes;
    frame.putShort(packet + 12, (short) 0x800).put(packet + 14, (byte) 0x45);
    frame.putShort(packet + 16, (short) 40).put(packet + 23, (byte) 6);
    frame.put(packet + 26, kinds[0], 0, 4).put(packet + 46, (byte) 0x50);
    return new Counterexample(
        HexFormat.of().formatHex(frame.array()), 1, 0, List.of(), List.of(), 0, 1, false);
  }

  /** Changes in the loops of programs that go through a history of packets. */
  @Test
  void noMutantOfALoopThatBehavesDifferentlyIsProved() throws IOException {
    List<ProgramSpec> programs = new ArrayList<>();
    for (String name : List.of("ddos", "heavyhitter", "portknock")) {
      programs.add(
          ProgramFile.read(HANDLERS.resolve(name + ".bpf.o")).program("scr").orElseThrow());
    }
    int different = 0;
    int equivalent = 0;
    List<String> wrong = new ArrayList<>();
    for (ProgramSpec spec : programs) {
      try (StepChecker patient = StepChecker.create(OPTIONS)) {
        Verdict same = patient.check(spec, spec);
        assertTrue(same instanceof Verdict.Equivalent, same.toString());
      }
      ProgramShape shape = ProgramShape.of(spec);
      List<Integer> loop =
          IntStream.range(0, shape.size()).filter(shape::isInLoop).boxed().toList();
      try (StepChecker checker = StepChecker.create(OPTIONS.withTimeLimit(Duration.ofSeconds(2)))) {
        for (int tried = 0; tried < LOOP_MUTANTS; ) {
          Optional<ProgramSpec> mutant = mutant(spec, pick(loop));
          Optional<Boolean> changed =
              mutant.flatMap(m -> behavesDifferently(spec, m, () -> history(spec)));
          if (changed.isEmpty()) {
            continue;
          }
          tried++;
          boolean proved = checker.check(spec, mutant.orElseThrow()) instanceof Verdict.Equivalent;
          different += changed.get() ? 1 : 0;
          equivalent += proved ? 1 : 0;
          if (changed.get() && proved) {
            wrong.add(mutant.orElseThrow().code().toString());
          }
        }
      }
    }
    String counts =
        "seed " + SEED + ": " + different + " behave differently, " + equivalent + " are proved";
    System.out.println("mutants of loops: " + counts);
    assertEquals(List.of(), wrong, counts);
    assertTrue(different > 0, counts);
  }
}
