package dev.scr.hosts.recovery;

import dev.scr.ebpf.map.MapEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A worker whose state is the list of what it has applied, and whose frames are numbers: recovery
 * alone, without programs and bytes.
 */
final class TinyWorker implements Recoverable {
  static final int ENTRY_BYTES = Long.BYTES;

  private final RecoveryGroup group;
  private final int place;
  private final Recovery recovery;
  private final List<Long> brought = new ArrayList<>();
  private List<Long> applied = new ArrayList<>();
  private long position;
  private @Nullable Frame frame;

  /** A frame: the number of its packet, and how many earlier ones it carries. */
  record Frame(long number, int carried) {}

  TinyWorker(RecoveryGroup group, int place) {
    this.group = group;
    this.place = place;
    this.recovery = new Recovery(group, place, this);
    this.position = group.start();
  }

  /** Gives the worker its next frame; it must be done with the one before. */
  void take(Frame next) {
    frame = next;
  }

  /** Gets on; true if it is done with the frame and its state is whole. */
  boolean advance() {
    while (recovery.isReady()) {
      Frame current = frame;
      if (current == null || current.number() <= position) {
        frame = null;
        return true;
      }
      long first = Math.max(current.number() - current.carried(), group.start() + 1);
      if (position + 1 < first) {
        recovery.reserve(current.number() - 1);
        recovery.lost(position + 1, first - 1);
        state(first, current.number() - 1);
        recovery.publish(current.number() - 1);
      } else {
        recovery.reserve(current.number());
        state(position + 1, current.number());
        if (recovery.publish(current.number())) {
          LongStream.rangeClosed(position + 1, current.number()).forEach(applied::add);
          position = current.number();
        }
      }
    }
    return false;
  }

  private void state(long first, long last) {
    for (long number = first; number <= last; number++) {
      brought.add(number);
      recovery.received(number, 1, metadata(number), 0);
    }
  }

  static byte[] metadata(long number) {
    return ByteBuffer.allocate(ENTRY_BYTES).putLong(number).array();
  }

  boolean crash() {
    return recovery.crash();
  }

  void idle() {
    recovery.serve();
  }

  void end() {
    group.end(place);
  }

  RecoveryCounts counts() {
    return recovery.counts();
  }

  /** What is in the state, in order. */
  List<Long> applied() {
    return applied;
  }

  /** What is in the state although no frame brought it. */
  List<Long> recovered() {
    return applied.stream().filter(number -> !brought.contains(number)).toList();
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void apply(byte[] metadata) {
    applied.add(ByteBuffer.wrap(metadata).getLong());
    position++;
  }

  @Override
  public void leaveOut() {
    position++;
  }

  @Override
  public Snapshot copy() {
    List<MapEntry> entries =
        applied.stream().map(number -> new MapEntry(metadata(number), new byte[0])).toList();
    return new Snapshot(position, 0, Map.of("applied", entries));
  }

  @Override
  public void become(Snapshot snapshot) {
    position = snapshot.position();
    applied =
        new ArrayList<>(
            snapshot.maps().getOrDefault("applied", List.of()).stream()
                .map(entry -> ByteBuffer.wrap(entry.key()).getLong())
                .toList());
  }
}
