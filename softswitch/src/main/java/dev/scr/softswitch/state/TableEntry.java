package dev.scr.softswitch.state;

import com.google.protobuf.ByteString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An entry of a table. Its key never changes; what it leads to and what it counted do. */
public final class TableEntry {

  /** What identifies an entry in its table. */
  public record Key(List<FieldMatch> fields, int priority) {
    /** Copies the fields. */
    public Key {
      fields = List.copyOf(fields);
    }
  }

  /** What the control plane attached to an entry and reads back; means nothing to the switch. */
  public record Metadata(ByteString opaque, long controllerMetadata) {
    /** Nothing attached. */
    public static final Metadata NONE = new Metadata(ByteString.EMPTY, 0);
  }

  final Key key;
  final int rank;
  final long sequence;
  final long[] value;
  final long[] mask;
  final RangeCheck @Nullable [] ranges;

  private EntryTarget target;
  private Metadata metadata = Metadata.NONE;

  /** Packets that hit the entry. */
  public long packets;

  /** Bytes of those packets. */
  public long bytes;

  /** The direct meter, if the table has one and it is configured. */
  public @Nullable Meter meter;

  /** Idle time in nanoseconds after which the control plane is told; 0 for never. */
  public long idleTimeoutNs;

  /** Switch time in microseconds of the last hit, or of the insertion. */
  public long lastHitMicros;

  TableEntry(
      Key key,
      int rank,
      long sequence,
      long[] value,
      long[] mask,
      RangeCheck @Nullable [] ranges,
      EntryTarget target) {
    this.key = key;
    this.rank = rank;
    this.sequence = sequence;
    this.value = value;
    this.mask = mask;
    this.ranges = ranges;
    this.target = target;
  }

  /** What identifies it. */
  public Key key() {
    return key;
  }

  /** What it leads to. */
  public EntryTarget target() {
    return target;
  }

  /** What the control plane attached. */
  public Metadata metadata() {
    return metadata;
  }

  /** Replaces what it leads to. */
  public void setTarget(EntryTarget newTarget) {
    target = newTarget;
  }

  /** Replaces what the control plane attached. */
  public void setMetadata(Metadata newMetadata) {
    metadata = newMetadata;
  }

  /** Whether this entry wins over another one that matches too. */
  boolean beats(TableEntry other) {
    return rank > other.rank || (rank == other.rank && sequence < other.sequence);
  }

  /** A range field, as words of the lookup key. */
  @SuppressWarnings("ArrayRecordComponent") // read per packet, never compared
  record RangeCheck(int offset, long[] low, long[] high) {

    boolean contains(long[] lookup) {
      return compare(lookup, low) >= 0 && compare(lookup, high) <= 0;
    }

    private int compare(long[] lookup, long[] bound) {
      for (int i = 0; i < bound.length; i++) {
        int order = Long.compareUnsigned(lookup[offset + i], bound[i]);
        if (order != 0) {
          return order;
        }
      }
      return 0;
    }
  }
}
