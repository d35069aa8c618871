package dev.scr.hosts.live;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.worker.Replica;
import dev.scr.wire.HistoryView;
import dev.scr.wire.WireFormat;
import java.util.List;

/**
 * A worker that takes its frames as they come from an interface, among whatever else comes there.
 * Confined to the thread that made its replica. Allocates nothing per frame.
 */
public final class LiveWorker implements FrameSource.Receiver {
  /** Of a worker that takes the frames of all. */
  public static final int ANY = -1;

  /** Hears of every packet that gets a verdict. */
  @FunctionalInterface
  public interface VerdictSink {
    /** The packet of this sequence number got this verdict. */
    void verdict(int sequence, int verdict);
  }

  private final Replica replica;
  private final int worker;
  private final int longest;
  private final long limit;
  private final VerdictSink sink;
  private final PacketSink packets;
  private final HistoryView view = new HistoryView();
  private final long[] verdicts = new long[Verdict.values().length];
  private long handled;
  private long unhandled;
  private long frames;
  private long others;
  private long elsewhere;
  private long tooLong;

  /**
   * A worker that has seen nothing.
   *
   * @param replica which it does not close
   * @param worker whose frames to take, or {@link #ANY}
   * @param longest frame that the replica can take, in bytes
   * @param limit verdicts after which further frames are left alone
   * @param packets where packets go after their verdict
   */
  public LiveWorker(
      Replica replica, int worker, int longest, long limit, VerdictSink sink, PacketSink packets) {
    this.replica = replica;
    this.worker = worker;
    this.longest = longest;
    this.limit = limit;
    this.sink = sink;
    this.packets = packets;
  }

  /** Whether it has given as many verdicts as it should. */
  public boolean isDone() {
    return handled >= limit;
  }

  @Override
  public void frame(byte[] frame, int length) {
    if (handled >= limit) {
      return;
    }
    frames++;
    view.wrap(frame, length);
    if (length < WireFormat.HEADER_BYTES || view.etherType() != WireFormat.ETHERTYPE_SCR) {
      others++;
    } else if (worker != ANY && view.worker() != worker) {
      elsewhere++;
    } else if (length > longest) {
      tooLong++;
    } else {
      handle(frame, length);
    }
  }

  /**
   * What the replica refuses, or has in its state already, gets no verdict and goes nowhere. So no
   * sequencer's frame ever leaves: a packet that is one itself is refused, and what a worker sends
   * it does not take when it comes back.
   */
  private void handle(byte[] frame, int length) {
    int verdict = Verdict.of(replica.handle(frame, length)).number();
    long now = replica.unhandled();
    if (now == unhandled) {
      verdicts[verdict]++;
      handled++;
      sink.verdict(view.sequence(), verdict);
      packets.packet(verdict, frame, view.originalOffset(), view.originalLength());
    }
    unhandled = now;
  }

  /** What it has done so far. */
  public LiveCounts counts() {
    return new LiveCounts(frames, others, elsewhere, tooLong, verdicts.clone(), replica.progress());
  }

  /** The replica's state, sorted by key. */
  public List<MapEntry> state() {
    return replica.state();
  }
}
