package dev.scr.k2.validate;

import dev.scr.ebpf.object.Btf;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.linux.bpf.TestInput;
import dev.scr.linux.bpf.TestResult;
import dev.scr.linux.machine.Cpus;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelMap;
import dev.scr.linux.object.KernelProgram;
import dev.scr.linux.object.KernelRefusal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * A program in the kernel, run by BPF_PROG_TEST_RUN. Values of per-CPU maps are compared for all
 * CPUs, so whoever runs two subjects stays on one CPU.
 */
final class KernelSubject implements Subject {
  private static final int QUICK_ENTRIES = 32;
  private static final int SK_BUFF_BYTES = 192;
  private final ProgramSpec spec;
  private final KernelInstance instance;
  private final KernelProgram program;

  private KernelSubject(Origin origin, ProgramSpec spec, List<MapSpec> maps, MapEntries filling) {
    this.spec = spec;
    KernelInstance.Builder builder =
        KernelInstance.builder(origin.name(), origin.license(), origin.types(), maps);
    maps.stream().filter(KernelSubject::isMapped).forEach(map -> builder.shared(map.name()));
    maps.stream()
        .filter(InnerMaps::isOuter)
        .forEach(map -> builder.inner(map.name(), InnerMaps.first(map, maps)));
    this.instance = builder.build();
    try {
      fill(filling);
      tailCalls();
      this.program = instance.program(spec);
    } catch (RuntimeException e) {
      instance.close();
      throw e;
    }
  }

  /** Whether an array is so long that comparing it entry by entry would take long. */
  private static boolean isMapped(MapSpec map) {
    return map.type() == MapType.ARRAY && map.maxEntries() > QUICK_ENTRIES && !map.readOnly();
  }

  /** What the kernel is told about the file that a program comes from. */
  private record Origin(String name, String license, Optional<Btf> types) {}

  /** The kernel as a place for programs of a file. */
  static Place place(ProgramFile file) {
    Origin origin = new Origin(file.name(), file.license(), file.types());
    return new Place() {
      @Override
      public String name() {
        return "kernel";
      }

      @Override
      public List<MapSpec> limited(List<MapSpec> maps) {
        return Capacities.limited(maps, Capacities.KERNEL);
      }

      @Override
      public Subject open(ProgramSpec program, List<MapSpec> maps, MapEntries filling) {
        return new KernelSubject(origin, program, maps, filling);
      }

      @Override
      public boolean comparesQuickly(List<MapSpec> maps) {
        return maps.stream().mapToLong(MapSpec::maxEntries).sum() <= QUICK_ENTRIES;
      }
    };
  }

  private void fill(MapEntries filling) {
    for (MapEntries.Entry entry : filling.entries()) {
      KernelMap map = instance.map(entry.map().name());
      try {
        if (InnerMaps.isOuter(entry.map())) {
          instance.setInnerMap(entry.map().name(), entry.entry().key(), InnerMaps.inner(entry));
          continue;
        }
        map.update(entry.entry().key(), forAllCpus(entry.map(), entry.entry().value()));
      } catch (KernelRefusal refusal) {
        // No room, or a key that this kind of map does not take: nothing there in all runs.
        if (refusal.lacksPrivileges()) {
          throw refusal;
        }
      }
    }
  }

  private static byte[] forAllCpus(MapSpec map, byte[] value) {
    boolean perCpu =
        map.type() == MapType.PERCPU_ARRAY
            || map.type() == MapType.PERCPU_HASH
            || map.type() == MapType.LRU_PERCPU_HASH;
    if (!perCpu) {
      return value;
    }
    int stride = (value.length + 7) & ~7;
    byte[] all = new byte[stride * Cpus.possible()];
    for (int cpu = 0; cpu < Cpus.possible(); cpu++) {
      System.arraycopy(value, 0, all, cpu * stride, value.length);
    }
    return all;
  }

  private void tailCalls() {
    for (KernelMap map : instance.maps()) {
      if (map.spec().type() == MapType.PROG_ARRAY) {
        for (int i : Subject.tailIndexes(map.spec())) {
          instance.setTailCall(
              map.spec().name(), i, instance.program(Subject.tailProgram(spec, i)));
        }
      }
    }
  }

  @Override
  public boolean takes(Sample sample) {
    return KernelProgram.takes(sample.length())
        && (!spec.type().seesSocketBuffer() || sample.length() >= shortestBuffer(sample));
  }

  /** A socket buffer of a test run has to hold a network header; Linux 6.18 takes no others. */
  private static int shortestBuffer(Sample frame) {
    int etherType = (frame.raw()[12] & 0xff) << 8 | (frame.raw()[13] & 0xff);
    return switch (etherType) {
      case 0x0800 -> KernelProgram.SHORTEST_FRAME + 20;
      case 0x86dd -> KernelProgram.SHORTEST_FRAME + 40;
      default -> KernelProgram.SHORTEST_FRAME;
    };
  }

  @Override
  public Outcome run(Sample sample) {
    TestInput input = TestInput.of(sample.raw());
    if (spec.type().seesSocketBuffer()) {
      TestResult result = program.run(input.withContext(context(sample)));
      byte[] after = new byte[result.data().length + SK_BUFF_BYTES];
      System.arraycopy(result.data(), 0, after, 0, result.data().length);
      System.arraycopy(
          result.context(),
          0,
          after,
          result.data().length,
          Math.min(SK_BUFF_BYTES, result.context().length));
      return new Outcome(result.returnValue(), new Sample(after), 0, Optional.empty());
    }
    TestResult result = program.run(input);
    return new Outcome(result.returnValue(), new Sample(result.data()), 0, Optional.empty());
  }

  /** The fields of {@code struct __sk_buff} that a test run lets one set, from the input. */
  private static byte[] context(Sample sample) {
    byte[] bytes = new byte[SK_BUFF_BYTES];
    ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    BufferFields.set(sample, fields::putInt);
    return bytes;
  }

  @Override
  public Optional<String> stateDifference(Subject other) {
    if (!(other instanceof KernelSubject that)) {
      throw new IllegalArgumentException("expected the kernel twice");
    }
    for (int i = 0; i < instance.maps().size(); i++) {
      Optional<String> found = difference(instance.maps().get(i), that.instance.maps().get(i));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> difference(KernelMap mine, KernelMap theirs) {
    MapSpec map = mine.spec();
    if (!mine.isReadable() || map.readOnly()) {
      return Optional.empty();
    }
    if (!isMapped(map)) {
      return Entries.difference(map, mine.entries(), theirs.entries());
    }
    long at = mine.memory().mismatch(theirs.memory());
    int stride = (map.valueSize() + 7) & ~7;
    return at < 0
        ? Optional.empty()
        : Optional.of("map %s: value %d, byte %d".formatted(map.name(), at / stride, at % stride));
  }

  @Override
  public void close() {
    instance.close();
  }
}
