package dev.scr.k2.validate;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.ContextLayout;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.LookupObserver;
import dev.scr.ebpf.machine.MemoryProgram;
import dev.scr.ebpf.machine.SkbProgram;
import dev.scr.ebpf.machine.TrapException;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.map.ArrayMap;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.map.MapException;
import dev.scr.ebpf.map.Memory;
import dev.scr.ebpf.map.PerfEventArrayMap;
import dev.scr.ebpf.map.RingBufferMap;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A program in the interpreter of this process, which checks every access. Helpers that it does not
 * know answer arbitrary numbers.
 */
final class MachineSubject implements Subject {
  private static final long CLOCK_STEP_NS = 1_000_003;
  private static final long QUICK_BYTES = 1 << 15;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(1 << 16, 64);
  private final BpfInstance instance;
  private final Runner runner;
  private long nowNs = CLOCK_STEP_NS;

  @FunctionalInterface
  private interface Runner {
    Outcome run(Sample sample);
  }

  private MachineSubject(
      ProgramSpec program, List<MapSpec> maps, MapEntries filling, LookupObserver observer) {
    instance =
        BpfInstance.builder(maps)
            .engine(Engine.INTERPRETER)
            .clock(() -> nowNs)
            .onLookup(observer)
            .opaqueHelpers()
            .build();
    try {
      runner = runner(program);
      fill(program, filling);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Opens a program, and tells an observer what it looks up. */
  static MachineSubject watched(
      ProgramSpec program, List<MapSpec> maps, MapEntries filling, LookupObserver observer) {
    return new MachineSubject(program, maps, filling, observer);
  }

  /** The interpreter as a place. */
  static Place place() {
    return new Place() {
      @Override
      public String name() {
        return "interpreter";
      }

      @Override
      public List<MapSpec> limited(List<MapSpec> maps) {
        return Capacities.limited(maps, Capacities.HERE);
      }

      @Override
      public Subject open(ProgramSpec program, List<MapSpec> maps, MapEntries filling) {
        return new MachineSubject(program, maps, filling, (_, _) -> {});
      }

      @Override
      public boolean comparesQuickly(List<MapSpec> maps) {
        long bytes = 0;
        for (MapSpec map : maps) {
          bytes += map.type() == MapType.ARRAY ? size(map) : 4 * size(map);
        }
        return bytes <= QUICK_BYTES;
      }
    };
  }

  private static long size(MapSpec map) {
    return (map.keySize() + (long) map.valueSize()) * map.maxEntries();
  }

  private Runner runner(ProgramSpec program) {
    return switch (ContextLayout.of(program.type())) {
      case XDP -> {
        XdpProgram xdp = instance.xdp(program);
        yield sample -> {
          xdp.receivedOn(1 + (sample.hash() & 3), sample.hash() >>> 2 & 3);
          int returned = xdp.run(sample.raw());
          return new Outcome(
              returned, new Sample(xdp.packet()), xdp.redirectTarget(), Optional.empty());
        };
      }
      case SK_BUFF -> {
        SkbProgram skb = instance.skb(program);
        yield sample -> {
          skb.receivedOn(1 + (sample.hash() & 3));
          BufferFields.set(sample, skb::setField);
          MemorySegment.copy(sample.raw(), 0, buffer, Memory.BYTE, 0, sample.length());
          int returned = skb.run(buffer, 0, sample.length());
          Sample after = BufferFields.append(left(sample.length()), skb::field);
          return new Outcome(returned, after, skb.redirectTarget(), Optional.empty());
        };
      }
      case MEMORY -> {
        MemoryProgram memory = instance.memoryProgram(program);
        yield sample -> {
          MemorySegment.copy(sample.raw(), 0, buffer, Memory.BYTE, 0, sample.length());
          int returned = (int) memory.run(buffer.asSlice(0, sample.length()));
          return new Outcome(returned, left(sample.length()), 0, Optional.empty());
        };
      }
    };
  }

  private Sample left(int length) {
    return new Sample(buffer.asSlice(0, length).toArray(Memory.BYTE));
  }

  private void fill(ProgramSpec program, MapEntries filling) {
    for (MapEntries.Entry entry : filling.entries()) {
      try {
        if (InnerMaps.isOuter(entry.map())) {
          instance.setInnerMap(entry.map().name(), entry.entry().key(), InnerMaps.inner(entry));
        } else {
          instance.map(entry.map().name()).update(entry.entry().key(), entry.entry().value());
        }
      } catch (MapException _) {
        // No room, or a key that this kind of map does not take: nothing there in all runs.
      }
    }
    for (BpfMap map : instance.maps()) {
      if (map.spec().type() == MapType.PROG_ARRAY) {
        for (int i : Subject.tailIndexes(map.spec())) {
          instance.setTailCall(map.spec().name(), i, Subject.tailProgram(program, i));
        }
      }
    }
  }

  @Override
  public boolean takes(Sample sample) {
    return true;
  }

  @Override
  public Outcome run(Sample sample) {
    nowNs += CLOCK_STEP_NS;
    try {
      return runner.run(sample);
    } catch (TrapException trap) {
      return Outcome.trapped(String.valueOf(trap.getMessage()));
    }
  }

  @Override
  public Optional<String> stateDifference(Subject other) {
    if (!(other instanceof MachineSubject that)) {
      throw new IllegalArgumentException("expected the interpreter twice");
    }
    for (int i = 0; i < instance.maps().size(); i++) {
      Optional<String> found = difference(instance.maps().get(i), that.instance.maps().get(i));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> difference(BpfMap mine, BpfMap theirs) {
    if (mine instanceof ArrayMap a && theirs instanceof ArrayMap b) {
      long bytes = (long) a.stride() * a.spec().maxEntries();
      long at =
          MemorySegment.mismatch(
              Memory.ALL,
              a.address(),
              a.address() + bytes,
              Memory.ALL,
              b.address(),
              b.address() + bytes);
      return at < 0
          ? Optional.empty()
          : Optional.of(
              "map %s: value %d, byte %d"
                  .formatted(mine.spec().name(), at / a.stride(), at % a.stride()));
    }
    if (mine instanceof PerfEventArrayMap a && theirs instanceof PerfEventArrayMap b) {
      return events(mine, a.drain(), b.drain());
    }
    if (mine instanceof RingBufferMap a && theirs instanceof RingBufferMap b) {
      return events(mine, a.drain(), b.drain());
    }
    return Entries.difference(mine.spec(), entries(mine), entries(theirs));
  }

  private static List<MapEntry> entries(BpfMap map) {
    return map.spec().type() == MapType.PROG_ARRAY ? List.of() : map.entries();
  }

  private static Optional<String> events(BpfMap map, List<byte[]> mine, List<byte[]> theirs) {
    if (mine.size() != theirs.size()) {
      return Optional.of(
          "map %s: expected %d events, found %d"
              .formatted(map.spec().name(), mine.size(), theirs.size()));
    }
    for (int i = 0; i < mine.size(); i++) {
      if (!Arrays.equals(mine.get(i), theirs.get(i))) {
        return Optional.of("map %s: event %d".formatted(map.spec().name(), i));
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      instance.close();
      arena.close();
    }
  }
}
