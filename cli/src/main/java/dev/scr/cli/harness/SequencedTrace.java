package dev.scr.cli.harness;

import dev.scr.ebpf.object.Btf;
import dev.scr.hosts.sequencer.FrameSink;
import dev.scr.hosts.trace.Trace;
import dev.scr.wire.HistoryView;
import dev.scr.wire.WireFormat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Collects what comes out of a sequencer and puts it in the order of the packets that went in,
 * which a switch with several ports does not keep. Also puts the trace's times into the frames.
 */
public final class SequencedTrace implements FrameSink {
  private final int passPort;
  private final Optional<Btf.Field> slotTime;
  private final List<byte[]> sequenced = new ArrayList<>();
  private final List<byte[]> passed = new ArrayList<>();

  /**
   * A collector.
   *
   * @param passPort the sequencer's port for packets that it passes through
   * @param slotTime where in a slot the time of its packet is, if it is there
   */
  public SequencedTrace(int passPort, Optional<Btf.Field> slotTime) {
    this.passPort = passPort;
    this.slotTime = slotTime;
  }

  @Override
  public void frame(int port, byte[] frame, int length) {
    (port == passPort ? passed : sequenced).add(Arrays.copyOf(frame, length));
  }

  /**
   * The frames in the order in which their packets went in, with the packets' times on them. A
   * packet belongs to the next frame by sequence number, or to the next one passed through,
   * whichever holds it.
   *
   * @throws IllegalStateException if a frame holds no packet of the trace
   */
  public Trace inOrderOf(Trace input) {
    HistoryView view = new HistoryView();
    sequenced.sort((a, b) ->
        Integer.compareUnsigned(
            view.wrap(a, a.length).sequence(), view.wrap(b, b.length).sequence()));
    Trace.Builder output = new Trace.Builder();
    List<Long> timesNs = new ArrayList<>();
    int nextSequenced = 0;
    int nextPassed = 0;
    for (int i = 0; i < input.size(); i++) {
      byte[] packet = input.bytes(i);
      if (nextSequenced < sequenced.size() && holds(sequenced.get(nextSequenced), packet)) {
        byte[] frame = sequenced.get(nextSequenced++);
        stamp(frame, timesNs, input.timestampNs(i));
        output.add(input.timestampNs(i), frame);
      } else if (nextPassed < passed.size() && Arrays.equals(passed.get(nextPassed), packet)) {
        output.add(input.timestampNs(i), passed.get(nextPassed++));
      }
    }
    if (nextSequenced < sequenced.size() || nextPassed < passed.size()) {
      throw new IllegalStateException(
          "%d of %d sequenced and %d of %d passed-through frames hold no packet of the trace in its order"
              .formatted(
                  sequenced.size() - nextSequenced,
                  sequenced.size(),
                  passed.size() - nextPassed,
                  passed.size()));
    }
    return output.build();
  }

  /** Puts the packet's time into the header, and the earlier packets' times into their slots. */
  private void stamp(byte[] frame, List<Long> timesNs, long timestampNs) {
    HistoryView view = new HistoryView().wrap(frame, frame.length);
    view.timestampNs(timestampNs);
    timesNs.add(timestampNs);
    if (slotTime.isPresent()) {
      for (int age = 1; age <= view.valid() && age < timesNs.size(); age++) {
        long timeUs = timesNs.get(timesNs.size() - 1 - age) / 1000;
        stampSlot(frame, view.slotOffset(age), slotTime.get(), timeUs);
      }
    }
  }

  private static void stampSlot(byte[] frame, int slotOffset, Btf.Field time, long timeUs) {
    ByteBuffer slot = ByteBuffer.wrap(frame, slotOffset + time.offset(), time.size());
    if (time.size() == Long.BYTES) {
      slot.putLong(timeUs);
    } else {
      slot.putInt((int) timeUs);
    }
  }

  private static boolean holds(byte[] frame, byte[] packet) {
    if (frame.length < WireFormat.HEADER_BYTES) {
      return false;
    }
    int offset = new HistoryView().wrap(frame, frame.length).originalOffset();
    return offset <= frame.length
        && Arrays.equals(frame, offset, frame.length, packet, 0, packet.length);
  }
}
