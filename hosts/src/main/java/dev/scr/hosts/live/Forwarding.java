package dev.scr.hosts.live;

import dev.scr.hosts.program.Verdict;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.packet.PacketSender;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sends a worker's packets on: those that pass by one interface, those to be transmitted by the
 * same or another one, in the order of their verdicts; all others end here. Packets are gathered
 * until {@link #flush}, which never waits: what an interface does not take at once, because it is
 * full, down or made for shorter frames, is counted and dropped. Confined to one thread; allocates
 * nothing per packet.
 */
public final class Forwarding implements PacketSink, AutoCloseable {
  private final @Nullable WayOut[] byVerdict = new @Nullable WayOut[Verdict.values().length];
  private final List<WayOut> ways;

  /**
   * What became of packets.
   *
   * @param delivered that passed, and that their interface took
   * @param transmitted to be transmitted, and that their interface took
   * @param unsent that theirs did not take
   */
  public record Counts(long delivered, long transmitted, long unsent) {}

  private Forwarding(@Nullable WayOut deliver, @Nullable WayOut transmit) {
    byVerdict[Verdict.PASS.number()] = deliver;
    byVerdict[Verdict.TX.number()] = transmit;
    ways = Stream.of(deliver, transmit).flatMap(Stream::ofNullable).distinct().toList();
  }

  /**
   * Opens interfaces of the calling thread's network namespace; needs CAP_NET_RAW, which sending
   * then does not.
   *
   * @param deliver where packets that pass go; null if nowhere
   * @param transmit where packets to be transmitted go; null if nowhere
   * @throws SystemCallException ENODEV: no such interface; EPERM: CAP_NET_RAW is lacking
   */
  public static Forwarding open(@Nullable String deliver, @Nullable String transmit) {
    WayOut first = deliver == null ? null : new WayOut(PacketSender.open(deliver));
    try {
      return new Forwarding(first, transmit == null ? null : second(transmit, first));
    } catch (RuntimeException e) {
      if (first != null) {
        first.close();
      }
      throw e;
    }
  }

  /** The first way if it leads there: between two ways, packets would overtake each other. */
  private static WayOut second(String interfaceName, @Nullable WayOut first) {
    PacketSender sender = PacketSender.open(interfaceName);
    if (first != null && first.leadsTo(sender.link())) {
      sender.close();
      return first;
    }
    return new WayOut(sender);
  }

  @Override
  public void packet(int verdict, byte[] frame, int offset, int length) {
    WayOut way = byVerdict[verdict];
    if (way != null) {
      way.packet(verdict, frame, offset, length);
    }
  }

  /**
   * Sends what has been gathered; to be called after each reception, also when nothing came.
   *
   * @throws SystemCallException ENODEV when an interface has gone
   */
  public void flush() {
    for (WayOut way : ways) {
      way.flush();
    }
    for (WayOut way : ways) {
      if (way.failure() != null) {
        throw way.failure();
      }
    }
  }

  /** What has become of packets so far, those that are gathered apart. */
  public Counts counts() {
    long unsent = ways.stream().mapToLong(WayOut::unsent).sum();
    return new Counts(sent(Verdict.PASS), sent(Verdict.TX), unsent);
  }

  private long sent(Verdict verdict) {
    WayOut way = byVerdict[verdict.number()];
    return way == null ? 0 : way.sent(verdict);
  }

  @Override
  public void close() {
    ways.forEach(WayOut::close);
  }
}
