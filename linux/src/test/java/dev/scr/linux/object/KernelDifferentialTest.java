package dev.scr.linux.object;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.scr.ebpf.conformance.RandomPrograms;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.object.ProgramSpec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Random programs do in the kernel what they do on the interpreter: verdicts, packets and maps.
 * {@code -Dscr.fuzz=N -Dseed=S} does more. That the compiled engines do the same as the interpreter
 * is {@code DifferentialTest}'s business.
 */
class KernelDifferentialTest {
  private static final long SEED = Long.getLong("seed", Long.getLong("scr.seed", 20260101));
  private static final int PROGRAMS = Integer.getInteger("scr.fuzz", 2_000);
  private static final int PACKETS = 3;
  private static final int SHORT_FRAME = 20;

  @BeforeEach
  void needsKernel() {
    NeedsKernel.orSkip();
  }

  @Test
  void randomProgramsAgreeWithTheKernel() {
    System.out.println("kernel differential: " + PROGRAMS + " programs, -Dseed=" + SEED);
    for (int i = 0; i < PROGRAMS; i++) {
      long seed = SEED + i;
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(seed), 20);
      assertEquals(
          onInterpreter(spec, seed),
          inKernel(spec, seed),
          () -> "the kernel differs; -Dseed=" + seed + " -Dscr.fuzz=1\n" + spec.code());
    }
  }

  private static List<String> onInterpreter(ProgramSpec spec, long seed) {
    try (BpfInstance instance =
        BpfInstance.builder(RandomPrograms.MAPS).engine(Engine.INTERPRETER).build()) {
      XdpProgram program = instance.xdp(spec);
      List<String> log = run(program::run, program::packet, seed);
      instance.maps().forEach(map -> log.add(map.spec().name() + " " + map.entries()));
      return log;
    }
  }

  private static List<String> inKernel(ProgramSpec spec, long seed) {
    try (KernelInstance instance = KernelInstance.builder(RandomPrograms.MAPS).build()) {
      KernelProgram program = instance.program(spec);
      List<String> log = run(program::run, program::packet, seed);
      instance.maps().forEach(map -> log.add(map.spec().name() + " " + map.entries()));
      return log;
    }
  }

  private static List<String> run(
      ToIntFunction<byte[]> program, Supplier<byte[]> packet, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> log = new ArrayList<>();
    byte[] frame = new byte[RandomPrograms.PACKET_BYTES];
    for (int i = 0; i < PACKETS; i++) {
      random.nextBytes(frame);
      int verdict = program.applyAsInt(frame);
      log.add(verdict + " " + HexFormat.of().formatHex(packet.get()));
    }
    log.add("short " + program.applyAsInt(new byte[SHORT_FRAME]));
    return log;
  }
}
