package dev.scr.hosts.strategy;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShardKeyTest {
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
}
