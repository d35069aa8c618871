package dev.scr.ebpf.map;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.object.MapSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Records of varying length from programs to Java code. Positions only grow; a record never wraps,
 * the rest of the buffer is skipped instead.
 *
 * <pre>
 *   | length, busy bit 31, discarded bit 30 (4 bytes) | 0 (4) | data, padded to 8 |
 * </pre>
 */
public final class RingBufferMap extends KeylessMap {
  private static final long BUSY = 1L << 31;
  private static final long DISCARDED = 1L << 30;
  private static final long LENGTH = DISCARDED - 1;
  private static final int HEADER_BYTES = 8;

  private final long buffer;
  private final int capacity;
  private long producer;
  private long consumer;

  RingBufferMap(MapSpec spec, Arena arena) {
    super(spec, arena);
    this.capacity = spec.maxEntries();
    this.buffer = arena.allocate(capacity, 64).address();
  }

  /** Address of a new record's data; 0 if there is no room. */
  public long reserve(long bytes, long flags) {
    long total = HEADER_BYTES + roundUpLong(bytes);
    if (flags != 0 || bytes < 0 || total > capacity) {
      return 0;
    }
    long at = producer;
    long toEnd = capacity - at % capacity;
    long skipped = total > toEnd ? toEnd : 0;
    if (at + skipped + total - consumer > capacity) {
      return 0;
    }
    if (skipped != 0) {
      Memory.store(MemSize.DW, header(at), DISCARDED | (skipped - HEADER_BYTES));
      at += skipped;
    }
    Memory.store(MemSize.DW, header(at), BUSY | bytes);
    producer = at + total;
    return header(at) + HEADER_BYTES;
  }

  /** Hands a record to the reader, or drops it. False if there is no such reserved record. */
  public boolean commit(long data, boolean discard) {
    if (!isReserved(data)) {
      return false;
    }
    long header = Memory.load(MemSize.DW, data - HEADER_BYTES);
    Memory.store(MemSize.DW, data - HEADER_BYTES, (header & LENGTH) | (discard ? DISCARDED : 0));
    return true;
  }

  /** Copies data into a new record. */
  public long output(long data, long bytes, long flags) {
    long record = reserve(bytes, flags);
    if (record == 0) {
      return Errno.E2BIG;
    }
    Memory.copy(data, record, bytes);
    commit(record, false);
    return Errno.OK;
  }

  /**
   * What {@code bpf_ringbuf_query} answers: 0 bytes to read, 1 capacity, 2 consumer position, 3
   * producer position.
   */
  public long query(long what) {
    return switch ((int) what) {
      case 0 -> producer - consumer;
      case 1 -> capacity;
      case 2 -> consumer;
      case 3 -> producer;
      default -> 0;
    };
  }

  /** Takes the finished records, oldest first, up to the first one that a program still writes. */
  public List<byte[]> drain() {
    List<byte[]> records = new ArrayList<>();
    while (consumer < producer) {
      long header = Memory.load(MemSize.DW, header(consumer));
      if ((header & BUSY) != 0) {
        break;
      }
      int length = (int) (header & LENGTH);
      if ((header & DISCARDED) == 0) {
        records.add(Memory.bytes(header(consumer) + HEADER_BYTES, length));
      }
      consumer += HEADER_BYTES + roundUpLong(length);
    }
    return records;
  }

  /** Programs may touch the records that they have reserved. */
  @Override
  public boolean covers(long address, long bytes) {
    if (address < buffer || address >= buffer + capacity) {
      return false;
    }
    for (long at = consumer; at < producer; ) {
      long header = Memory.load(MemSize.DW, header(at));
      long data = header(at) + HEADER_BYTES;
      long length = header & LENGTH;
      if ((header & BUSY) != 0 && address >= data && address + bytes <= data + length) {
        return true;
      }
      at += HEADER_BYTES + roundUpLong(length);
    }
    return false;
  }

  private boolean isReserved(long data) {
    return data >= buffer + HEADER_BYTES
        && data <= buffer + capacity
        && ((data - buffer) & 7) == 0
        && (Memory.load(MemSize.DW, data - HEADER_BYTES) & BUSY) != 0;
  }

  private long header(long position) {
    return buffer + position % capacity;
  }

  private static long roundUpLong(long bytes) {
    return (bytes + 7) & ~7L;
  }
}
