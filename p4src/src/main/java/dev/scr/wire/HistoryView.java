package dev.scr.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A view over the bytes of one sequenced frame. A flyweight: wrap, read or write, wrap the next; it
 * is never stored and stays with the thread that wrapped it. Reading a field needs a frame that
 * {@link #check} accepted, or at least {@link WireFormat#HEADER_BYTES} bytes.
 */
public final class HistoryView extends HistoryViewPaddingBehind {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Looks at the first {@code length} bytes of {@code frame}. */
  public HistoryView wrap(byte[] frame, int length) {
    this.frame = frame;
    this.length = length;
    return this;
  }

  /**
   * Decides whether the frame may be used as history of a program ({@code docs/wire-format.md},
   * "What a receiver refuses"). Rules are tried in the order of {@link FrameCheck}.
   */
  public FrameCheck check(int program, int slotBytes) {
    if (length < WireFormat.HEADER_BYTES) {
      return FrameCheck.TOO_SHORT;
    }
    if (etherType() != WireFormat.ETHERTYPE_SCR) {
      return FrameCheck.NOT_SCR;
    }
    if (version() != WireFormat.VERSION) {
      return FrameCheck.WRONG_VERSION;
    }
    if (program() != program) {
      return FrameCheck.WRONG_PROGRAM;
    }
    if (slotBytes() != slotBytes) {
      return FrameCheck.WRONG_SLOT_BYTES;
    }
    if (valid() > slots() || (slots() == 0 ? oldest() != 0 : oldest() >= slots())) {
      return FrameCheck.BAD_RING;
    }
    if (flags() != 0) {
      return FrameCheck.UNKNOWN_FLAGS;
    }
    return length < originalOffset() + originalLength()
        ? FrameCheck.TRUNCATED
        : FrameCheck.ACCEPTED;
  }

  public int etherType() {
    return u16(ScrField.OUTER_ETHER_TYPE);
  }

  public int version() {
    return u8(ScrField.VERSION);
  }

  public int program() {
    return u8(ScrField.PROGRAM);
  }

  public int epoch() {
    return u16(ScrField.EPOCH);
  }

  public int slots() {
    return u8(ScrField.SLOTS);
  }

  public int slotBytes() {
    return u8(ScrField.SLOT_BYTES);
  }

  public int oldest() {
    return u8(ScrField.OLDEST);
  }

  public int valid() {
    return u8(ScrField.VALID);
  }

  public int worker() {
    return u16(ScrField.WORKER);
  }

  /** Compare with {@link SequenceNumber} only. */
  public int sequence() {
    return (int) INT.get(frame, ScrField.SEQUENCE.offset());
  }

  /** Bytes of the original frame. */
  public int originalLength() {
    return u16(ScrField.LENGTH);
  }

  public int flags() {
    return u16(ScrField.FLAGS);
  }

  public long timestampNs() {
    return (long) LONG.get(frame, ScrField.TIMESTAMP.offset());
  }

  /** Sets the time of the packet, for adapters that inject it. */
  public void timestampNs(long ns) {
    LONG.set(frame, ScrField.TIMESTAMP.offset(), ns);
  }

  /** Offset of the original packet from the start of the frame. */
  public int originalOffset() {
    return WireFormat.HEADER_BYTES + slots() * slotBytes();
  }

  /**
   * Offset of the slot that holds an earlier packet.
   *
   * @param age 1 for the packet before this one, up to {@link #valid()}
   */
  public int slotOffset(int age) {
    int index = oldest() - age;
    return WireFormat.HEADER_BYTES + (index < 0 ? index + slots() : index) * slotBytes();
  }

  private int u8(ScrField field) {
    return frame[field.offset()] & 0xff;
  }

  private int u16(ScrField field) {
    return (short) SHORT.get(frame, field.offset()) & 0xffff;
  }
}
