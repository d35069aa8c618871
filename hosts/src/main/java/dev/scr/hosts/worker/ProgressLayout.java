package dev.scr.hosts.worker;

import dev.scr.ebpf.object.Btf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Offsets of {@code struct progress}, taken from the object's type information. */
record ProgressLayout(
    long applied,
    long epoch,
    long handled,
    long fastForwarded,
    long missed,
    long late,
    long restarted,
    long refused) {

  static ProgressLayout of(Btf btf) {
    Btf.Layout struct = btf.struct("progress").orElseThrow();
    return new ProgressLayout(
        offset(struct, "applied"),
        offset(struct, "epoch"),
        offset(struct, "handled"),
        offset(struct, "fast_forwarded"),
        offset(struct, "missed"),
        offset(struct, "late"),
        offset(struct, "restarted"),
        offset(struct, "refused"));
  }

  Progress read(MemorySegment progress) {
    return new Progress(
        progress.get(ValueLayout.JAVA_INT, applied),
        progress.get(ValueLayout.JAVA_INT, epoch),
        progress.get(ValueLayout.JAVA_LONG, handled),
        progress.get(ValueLayout.JAVA_LONG, fastForwarded),
        progress.get(ValueLayout.JAVA_LONG, missed),
        progress.get(ValueLayout.JAVA_LONG, late),
        progress.get(ValueLayout.JAVA_LONG, restarted),
        progress.get(ValueLayout.JAVA_LONG, refused));
  }

  private static long offset(Btf.Layout struct, String field) {
    return struct
        .field(field)
        .orElseThrow(() -> new IllegalStateException("struct progress has no field " + field))
        .offset();
  }
}
