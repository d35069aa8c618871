package dev.scr.ebpf.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.object.ProgramSpec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Random programs do the same on every engine: verdicts, packets and maps. {@code -Dscr.fuzz=N
 * -Dseed=S} does more.
 */
class DifferentialTest {
  private static final long SEED = Long.getLong("seed", Long.getLong("scr.seed", 20260101));
  private static final int PROGRAMS = Integer.getInteger("scr.fuzz", 2000);
  private static final int PACKETS = 3;

  @Test
  void randomProgramsAgree() {
    System.out.println("differential: " + PROGRAMS + " programs, -Dseed=" + SEED);
    int distinct = 0;
    for (int i = 0; i < PROGRAMS; i++) {
      long seed = SEED + i;
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(seed), 20);
      List<String> expected = run(spec, Engine.INTERPRETER, seed);
      distinct += expected.getFirst().equals(expected.get(1)) ? 0 : 1;
      for (Engine engine : List.of(Engine.JVM, Engine.JVM_CHECKED)) {
        assertEquals(
            expected,
            run(spec, engine, seed),
            () -> engine + " differs; -Dseed=" + seed + " -Dscr.fuzz=1\n" + spec.code());
      }
    }
    assertTrue(distinct > PROGRAMS / 4, "programs hardly look at packets: " + distinct);
  }

  @Test
  void aProgramTooLargeForOneMethodAgrees() {
    for (int i = 0; i < 5; i++) {
      long seed = SEED + i;
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(seed), 500);
      assertTrue(spec.code().slots() > 2000, "only " + spec.code().slots());
      List<String> expected = run(spec, Engine.INTERPRETER, seed);
      assertEquals(expected, run(spec, Engine.JVM, seed), () -> "seed " + seed);
      assertEquals(expected, run(spec, Engine.JVM_CHECKED, seed), () -> "seed " + seed);
    }
  }

  @Test
  void randomProgramsSurviveTheCodec() {
    for (int i = 0; i < 200; i++) {
      ProgramSpec spec = RandomPrograms.generate(new SplittableRandom(SEED + i), 20);
      assertEquals(
          spec.code(), new InstructionList(Codec.decode(Codec.encode(spec.code().instructions()))));
    }
  }

  private static List<String> run(ProgramSpec spec, Engine engine, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> log = new ArrayList<>();
    try (BpfInstance instance = BpfInstance.builder(RandomPrograms.MAPS).engine(engine).build()) {
      XdpProgram program = instance.xdp(spec);
      byte[] packet = new byte[RandomPrograms.PACKET_BYTES];
      for (int i = 0; i < PACKETS; i++) {
        random.nextBytes(packet);
        int verdict = program.run(packet);
        log.add(verdict + " " + HexFormat.of().formatHex(program.packet()));
      }
      log.add("short " + program.run(new byte[10]));
      instance.maps().forEach(map -> log.add(map.spec().name() + " " + map.entries()));
    }
    return log;
  }
}
