package dev.scr.ebpf.map;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import java.lang.foreign.Arena;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Who finds an entry in a shared table finds its value, however new it is. */
class PublishedEntriesTest {
  private static final int KEYS = 1 << 14;

  private static long valueOf(long key) {
    return key * 0x9e37_79b9_7f4a_7c15L | 1;
  }

  /** One thread looks for each key while another one puts it in. */
  @Test
  void anEntryIsNotThereBeforeItsValue() throws Exception {
    AtomicLong found = new AtomicLong();
    try (Arena arena = Arena.ofShared();
        ExecutorService writer = Executors.newSingleThreadExecutor()) {
      BpfMap map = Maps.create(MapSpec.of("table", MapType.HASH, 8, 8, KEYS), arena, true);
      Future<?> inserts = writer.submit(() -> insertAll(map, arena, found));
      long asked = Memory.lines(arena, 8);
      try {
        for (long key = 1; key <= KEYS; key++) {
          Memory.store(MemSize.DW, asked, key);
          long value = map.lookup(asked);
          while (value == 0 && !inserts.isDone()) {
            Thread.onSpinWait();
            value = map.lookup(asked);
          }
          assertEquals(valueOf(key), value == 0 ? 0 : Memory.load(MemSize.DW, value), "key " + key);
          found.set(key);
        }
      } finally {
        found.set(KEYS); // lets the other thread end
      }
      inserts.get();
    }
  }

  /** Each key when the one before it has been found. */
  private static void insertAll(BpfMap map, Arena arena, AtomicLong found) {
    long newKey = Memory.lines(arena, 8);
    long newValue = Memory.lines(arena, 8);
    for (long key = 1; key <= KEYS; key++) {
      while (found.get() < key - 1) {
        LockSupport.parkNanos(1);
      }
      Memory.store(MemSize.DW, newKey, key);
      Memory.store(MemSize.DW, newValue, valueOf(key));
      assertEquals(Errno.OK, map.update(newKey, newValue, BpfMap.NO_EXIST));
    }
  }
}
