package dev.scr.hosts.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.Seeds;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.SequentialProgram;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.pipeline.PacketProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShardKeyTest {
  private static final int FRAME_BYTES = 34;

  /** A packet touches no state but that of its hash: that is why shards need nobody else's. */
  @ParameterizedTest
  @EnumSource
  void thePacketAndItsStateHaveOneHash(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    ShardKey key = ShardKey.of(program);
    Seeds.forAll(
        5,
        seed -> {
          Trace trace =
              TraceGenerator.generate(new TraceSpec(TraceKind.MIXED, 300, 1 << 16, 64, seed));
          byte[] packet = new byte[trace.maxLength()];
          int made = 0;
          for (int i = 0; i < trace.size(); i++) {
            int length = trace.copyTo(i, packet);
            int hash = key.hash(packet, length);
            try (SequentialProgram sequential = new SequentialProgram(object, Engine.INTERPRETER)) {
              sequential.handle(packet, length, trace.timestampNs(i));
              made += sequential.state().size();
              assertTrue(
                  sequential.state().stream().allMatch(e -> key.hashOfState(e.key()) == hash),
                  "packet " + i);
            }
          }
          assertTrue(made > 0);
        });
  }

  /** The mitigator counts reserved sources as one; then they belong on one core. */
  @Test
  void reservedSourcesMeet() {
    ShardKey key = ShardKey.of(PacketProgram.DDOS);
    int one = key.hash(from(240, 1), FRAME_BYTES);
    assertEquals(one, key.hash(from(255, 7), FRAME_BYTES));
    assertEquals(one, key.hashOfState(new byte[] {(byte) 0xf0, 0, 0, 0}));
    assertNotEquals(one, key.hash(from(239, 1), FRAME_BYTES));
  }

  /** An IPv4 packet with the first and last byte of its source. */
  private static byte[] from(int first, int last) {
    byte[] frame = new byte[FRAME_BYTES];
    frame[12] = 0x08;
    frame[14] = 0x45;
    frame[26] = (byte) first;
    frame[29] = (byte) last;
    return frame;
  }
}
