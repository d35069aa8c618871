package dev.scr.cli.harness;

import dev.scr.hosts.sequencer.FrameSink;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.trace.Trace;
import dev.scr.wire.FrameCheck;
import dev.scr.wire.HistoryView;
import dev.scr.wire.WireFormat;
import java.util.List;

/**
 * Remembers the time that a switch put on each packet, on the way to the workers: the sequential
 * program has to see the same times. For one thread at a time.
 */
final class SwitchClock implements FrameSink {
  private final long[] timesNs;
  private final FrameSink next;
  private final HistoryView view = new HistoryView();

  SwitchClock(int packets, FrameSink next) {
    this.timesNs = new long[packets + 1];
    this.next = next;
  }

  @Override
  public void frame(int port, byte[] frame, int length) {
    boolean sequenced =
        length >= WireFormat.HEADER_BYTES
            && view.wrap(frame, length).etherType() == WireFormat.ETHERTYPE_SCR;
    if (sequenced && view.check(view.program(), view.slotBytes()) == FrameCheck.ACCEPTED) {
      int number = view.sequence();
      if (number > 0 && number < timesNs.length) {
        timesNs[number] = view.timestampNs();
      }
    }
    next.frame(port, frame, length);
  }

  /** The trace with the switch's times on the packets that it sequenced. */
  Trace stamp(Trace trace, List<Outcome> outcomes) {
    long[] stamped = new long[trace.size()];
    int number = 0;
    for (int i = 0; i < stamped.length; i++) {
      stamped[i] = outcomes.get(i) == Outcome.SEQUENCED ? timesNs[++number] : trace.timestampNs(i);
    }
    return trace.withTimestampsNs(stamped);
  }
}
