package dev.scr.hosts.recovery;

import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A log is read while its ring is written over: every read is whole, or says that it is not. */
public class HistoryLogStress {
  private static final int RING = 2;
  private static final int BYTES = 16;
  private static final int WRONG = -1;

  private HistoryLogStress() {}

  private static byte[] entry(int position) {
    byte[] entry = new byte[BYTES];
    Arrays.fill(entry, (byte) position);
    return entry;
  }

  /** What a reader of position 1 has found: the answer's place, or that the entry is another's. */
  private static int read(HistoryLog log) {
    byte[] into = new byte[BYTES];
    return switch (log.read(1, into)) {
      case NOT_YET -> 0;
      case RECEIVED -> Arrays.equals(into, entry(1)) ? 1 : WRONG;
      case GONE -> 2;
      case LOST -> WRONG;
    };
  }

  /** The log as it is. */
  @JCStressTest
  @State
  @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "not yet")
  @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "whole")
  @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "written over, and known to be")
  @Outcome(expect = Expect.FORBIDDEN, desc = "torn, or of another position")
  public static class Whole {
    private final HistoryLog log = new HistoryLog(BYTES, RING, 0);

    public Whole() {
      log.thaw(0);
    }

    @Actor
    public void writer() {
      for (int position = 1; position <= 4; position++) {
        log.reserve(position);
        log.received(position, 1, entry(position), 0);
        log.publish(position);
      }
    }

    @Actor
    public void reader(I_Result result) {
      result.r1 = read(log);
    }
  }

  /** Two positions are published at once, as those of a frame are. */
  @JCStressTest
  @State
  @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "not yet")
  @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "whole")
  @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "written over, and known to be")
  @Outcome(expect = Expect.FORBIDDEN, desc = "torn, or of another position")
  public static class TwoAtOnce {
    private final HistoryLog log = new HistoryLog(BYTES, RING, 0);

    public TwoAtOnce() {
      log.thaw(0);
    }

    @Actor
    public void writer() {
      for (int position = 1; position <= 3; position += 2) {
        log.reserve(position + 1);
        log.received(position, 1, entry(position), 0);
        log.received(position + 1, 1, entry(position + 1), 0);
        log.publish(position + 1);
      }
    }

    @Actor
    public void reader(I_Result result) {
      result.r1 = read(log);
    }
  }

  /** A planted fault: published before it is written. The stress has to be able to see it. */
  @JCStressTest
  @State
  @Outcome(
      id = {"0", "1", "2"},
      expect = Expect.ACCEPTABLE,
      desc = "by luck")
  @Outcome(id = "-1", expect = Expect.ACCEPTABLE_INTERESTING, desc = "the fault is seen")
  public static class PublishesFirst {
    private final HistoryLog log = new HistoryLog(BYTES, RING, 0);

    public PublishesFirst() {
      log.thaw(0);
    }

    @Actor
    public void writer() {
      log.reserve(1);
      log.publish(1);
      log.received(1, 1, entry(1), 0);
    }

    @Actor
    public void reader(I_Result result) {
      result.r1 = read(log);
    }
  }

  /** A worker publishes while a peer shuts it out: not both come off. */
  @JCStressTest
  @State
  @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "published")
  @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "shut out")
  @Outcome(expect = Expect.FORBIDDEN, desc = "both, or neither")
  public static class PublishOrFreeze {
    private final HistoryLog log = new HistoryLog(BYTES, RING, 0);
    private final long seen;

    public PublishOrFreeze() {
      log.thaw(0);
      seen = log.word();
    }

    @Actor
    public void writer(I_Result result) {
      log.reserve(1);
      log.received(1, 1, entry(1), 0);
      if (log.publish(1)) {
        add(result, 1);
      }
    }

    @Actor
    public void peer(I_Result result) {
      if (log.freeze(seen)) {
        add(result, 2);
      }
    }

    private static synchronized void add(I_Result result, int what) {
      result.r1 += what;
    }
  }
}
