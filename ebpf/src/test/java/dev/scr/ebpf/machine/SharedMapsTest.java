package dev.scr.ebpf.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.map.MapException;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.Fixtures;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several threads, each with its own instance, on the same maps. */
class SharedMapsTest {
  private static final int THREADS = 3;
  private static final int ROUNDS = 2_000;
  private static final int FLOWS = 8;

  private static void inParallel(List<BpfInstance> instances, String program) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(instances.size())) {
      List<Future<?>> running = new ArrayList<>();
      for (BpfInstance instance : instances) {
        running.add(
            threads.submit(() -> {
              XdpProgram xdp = instance.xdp(program);
              for (int i = 0; i < ROUNDS * FLOWS; i++) {
                xdp.run(Packets.ipv4(i % FLOWS));
              }
            }));
      }
      for (Future<?> future : running) {
        future.get();
      }
    }
  }

  private static List<BpfInstance> shared(BpfObject object, Engine engine) {
    List<BpfInstance> instances = new ArrayList<>();
    BpfInstance owner = BpfInstance.builder(object).engine(engine).shared().build();
    for (int i = 1; i < THREADS; i++) {
      instances.add(BpfInstance.builder(object).engine(engine).sharing(owner).build());
    }
    instances.add(owner);
    return instances;
  }

  private static long number(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(at);
  }

  @ParameterizedTest
  @EnumSource(names = {"INTERPRETER", "JVM"})
  void atomicsLoseNoCount(Engine engine) throws Exception {
    List<BpfInstance> instances = shared(Fixtures.object("counter"), engine);
    for (int flow = 0; flow < FLOWS; flow++) {
      instances.getFirst().xdp("count").run(Packets.ipv4(flow));
    }
    inParallel(instances, "count");
    for (MapEntry entry : instances.getLast().map("state").entries()) {
      assertEquals(1 + (long) THREADS * ROUNDS, number(entry.value(), 0), entry.toString());
    }
    instances.forEach(BpfInstance::close);
  }

  @ParameterizedTest
  @EnumSource(names = {"INTERPRETER", "JVM"})
  void spinLocksExclude(Engine engine) throws Exception {
    // Only array and hash maps can be shared, so the object is cut down to what the program uses.
    BpfObject object = Fixtures.object("kinds");
    assertThrows(MapException.class, () -> BpfInstance.builder(object).shared().build());
    List<BpfInstance> instances = shared(Fixtures.object("guard"), engine);
    inParallel(instances, "guard");
    byte[] value = instances.getLast().map("shelter").lookup(new byte[4]).orElseThrow();
    assertEquals((long) THREADS * ROUNDS * FLOWS, number(value, 8));
    assertArrayEquals(new byte[4], Arrays.copyOf(value, 4));
    instances.forEach(BpfInstance::close);
  }

  @Test
  void onlySharedInstancesAreShared() {
    BpfObject object = Fixtures.object("counter");
    try (BpfInstance owner = BpfInstance.create(object, Engine.JVM)) {
      InvalidProgramException e =
          assertThrows(
              InvalidProgramException.class, () -> BpfInstance.builder(object).sharing(owner));
      assertTrue(e.getMessage().contains("expected a shared instance"), e.getMessage());
    }
  }
}
