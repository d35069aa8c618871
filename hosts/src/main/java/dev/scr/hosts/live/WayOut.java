package dev.scr.hosts.live;

import dev.scr.hosts.program.Verdict;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.net.NetworkLink;
import dev.scr.linux.packet.PacketSender;
import dev.scr.linux.packet.SendResult;
import org.jspecify.annotations.Nullable;

/**
 * An interface by which packets leave, and what became of them. Nothing here waits or throws while
 * packets come; {@link #failure} says afterwards that there is no interface any more. Confined to
 * one thread; allocates nothing per packet.
 */
final class WayOut implements PacketSink, AutoCloseable {
  /** Time between two looks at whether frames can leave, as long as they can. */
  private static final long LOOK_NS = 100_000_000;

  private final PacketSender sender;
  private final PacketSender.Outcome outcome = this::count;
  private final byte[] verdicts = new byte[PacketSender.BATCH_FRAMES];
  private final long[] sent = new long[Verdict.values().length];
  private long unsent;
  private boolean running;
  private long lookedNs;
  private @Nullable SystemCallException failure;

  /** Takes over the sender. */
  WayOut(PacketSender sender) {
    this.sender = sender;
    look(System.nanoTime());
  }

  @Override
  public void packet(int verdict, byte[] frame, int offset, int length) {
    if (!sender.add(frame, offset, length)) {
      flush();
      sender.add(frame, offset, length);
    }
    verdicts[sender.size() - 1] = (byte) verdict;
  }

  /** Sends what waits, if it can be sent. */
  void flush() {
    long nowNs = System.nanoTime();
    if (!running || nowNs - lookedNs >= LOOK_NS) {
      look(nowNs);
    }
    if (!running) {
      unsent += sender.size();
      sender.clear();
      return;
    }
    try {
      sender.flush(outcome);
    } catch (SystemCallException e) {
      fail(e);
    }
  }

  private void look(long nowNs) {
    if (failure != null) {
      return;
    }
    lookedNs = nowNs;
    try {
      running = sender.running();
    } catch (SystemCallException e) {
      fail(e);
    }
  }

  private void fail(SystemCallException e) {
    failure = e;
    running = false;
  }

  private void count(int index, SendResult result) {
    if (result == SendResult.SENT) {
      sent[verdicts[index]]++;
    } else {
      unsent++;
    }
  }

  /** Whether it is that interface, whatever its name. */
  boolean leadsTo(NetworkLink link) {
    return sender.link().index() == link.index();
  }

  /** Why no packet will leave here any more. */
  @Nullable SystemCallException failure() {
    return failure;
  }

  /** Packets with that verdict that the interface took. */
  long sent(Verdict verdict) {
    return sent[verdict.number()];
  }

  /** Packets that it did not take. */
  long unsent() {
    return unsent;
  }

  @Override
  public void close() {
    sender.close();
  }
}
