package dev.scr.hosts.worker;

import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.Recoverable;
import dev.scr.hosts.recovery.Recovery;
import dev.scr.hosts.recovery.RecoveryCounts;
import dev.scr.hosts.recovery.RecoveryGroup;
import dev.scr.hosts.recovery.Snapshot;
import dev.scr.wire.FrameCheck;
import dev.scr.wire.HistoryView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A replica that gets what its frames do not bring it from its peers. It takes one frame at a time,
 * {@link #begin}, and {@link #advance} says when that frame is done with; it never blocks. Confined
 * to one thread.
 */
public final class RecoveringReplica implements AutoCloseable {
  /** What has become of the frame. */
  public enum Step {
    /** It waits for a peer: advance again. */
    WAITING,
    /** Its packet has its verdict. */
    HANDLED,
    /** There is no verdict: refused, a duplicate, too late, or its packet is in no state. */
    UNANSWERED
  }

  /** {@code struct remembered} in {@code variants.bpf.h}. */
  static final int REMEMBERED = 1024;

  private static final byte ANSWERED = (byte) 0x80;

  /** In place of a verdict: the packet is in no state. */
  private static final byte LEFT_OUT = 0x7f;

  private final ProgramObject object;
  private final Replica replica;
  private final Recovery recovery;
  private final HistoryView view = new HistoryView();
  private final MemorySegment remembered;
  private final byte[] metadata;
  private final long start;
  private byte[] frame = new byte[0];
  private int length;
  private long position;
  private int verdict;

  /** The replica of a worker which has been founded in the group, or has arrived there. */
  public RecoveringReplica(
      ProgramObject object, ReplicaEngine engine, RecoveryGroup group, int worker) {
    this.object = object;
    this.start = group.start();
    this.position = start;
    this.replica = engine.replica(object, ProgramObject.SCR_RECOVERING, (int) start);
    this.remembered = replica.remembered();
    this.metadata = new byte[object.program().slotBytes()];
    this.recovery = new Recovery(group, worker, new State());
  }

  /** Takes a frame, which stays as it is until it is done with. */
  public void begin(byte[] newFrame, int newLength) {
    frame = newFrame;
    length = newLength;
  }

  /** Gets on with the frame. */
  public Step advance() {
    if (view.wrap(frame, length).check(object.program().id(), object.program().slotBytes())
        != FrameCheck.ACCEPTED) {
      replica.handle(frame, length); // which counts it
      return Step.UNANSWERED;
    }
    while (recovery.isReady()) {
      long own = position + (view.sequence() - (int) position);
      if (own <= position) {
        return late(own);
      }
      int valid = view.valid();
      if (own - position - 1 > valid) {
        shortOf(own, valid);
      } else if (handle(own)) {
        return Step.HANDLED;
      }
    }
    return Step.WAITING;
  }

  /** The verdict's number, after {@link Step#HANDLED}. */
  public int verdict() {
    return verdict;
  }

  /** Number of the frame's packet. */
  public int sequence() {
    return view.sequence();
  }

  /** States what the frame brings and what it does not, to be followed before it is handled. */
  private void shortOf(long own, int valid) {
    recovery.reserve(own - 1);
    recovery.lost(position + 1, own - 1 - valid);
    history(own, valid);
    recovery.publish(own - 1);
  }

  /**
   * Handles the frame in one run of the program; false if that came to nothing, because a peer has
   * shut this worker out or the packet inside is broken.
   */
  private boolean handle(long own) {
    recovery.reserve(own);
    history(own, (int) (own - 1 - position));
    long unhandled = replica.unhandled();
    verdict = replica.handle(frame, length);
    boolean broken = replica.unhandled() > unhandled;
    if (broken) {
      recovery.lost(own, own);
      replica.applied((int) own - 1);
    } else {
      replica.lastMetadata(metadata);
      recovery.received(own, 1, metadata, 0);
    }
    if (!recovery.publish(own)) {
      return false;
    }
    position = broken ? own - 1 : own;
    return !broken;
  }

  /** States the newest slots, in the one or two pieces in which they lie in the frame. */
  private void history(long own, int count) {
    int older = Math.max(0, count - view.oldest());
    if (older > 0) {
      recovery.received(own - count, older, frame, view.slotOffset(count));
    }
    if (count > older) {
      recovery.received(own - count + older, count - older, frame, view.slotOffset(count - older));
    }
  }

  /** The packet is in the state already, or is left out of it. */
  private Step late(long own) {
    if ((short) (view.epoch() - replica.epoch()) > 0) {
      replica.countRestarted();
      return Step.UNANSWERED;
    }
    replica.countLate();
    long offset = own % REMEMBERED;
    byte known = remembered.get(ValueLayout.JAVA_BYTE, offset);
    if (position - own >= REMEMBERED || own <= start || known == LEFT_OUT || known < 0) {
      return Step.UNANSWERED;
    }
    remembered.set(ValueLayout.JAVA_BYTE, offset, (byte) (known | ANSWERED));
    verdict = known;
    recovery.countAnsweredLate();
    return Step.HANDLED;
  }

  /** Gives the state to who has asked for it, while there is no frame. */
  public void idle() {
    recovery.serve();
  }

  /** Copies a state in advance of the first frame; true when there is one. */
  public boolean prepare() {
    return recovery.prepare();
  }

  /** Gets on without a frame; true if the state is whole. */
  public boolean settle() {
    return recovery.isReady();
  }

  /** Loses the state, unless it is the only one. */
  public boolean crash() {
    return recovery.crash();
  }

  /** What recovery has done. */
  public RecoveryCounts counts() {
    return recovery.counts();
  }

  /** The replica, to be looked at. */
  public Replica replica() {
    return replica;
  }

  @Override
  public void close() {
    replica.close();
  }

  /** The state as recovery sees it. */
  private final class State implements Recoverable {
    @Override
    public long position() {
      return position;
    }

    @Override
    public void apply(byte[] given) {
      replica.apply(given);
      position++;
    }

    @Override
    public void leaveOut() {
      position++;
      replica.applied((int) position);
      remembered.set(ValueLayout.JAVA_BYTE, position % REMEMBERED, LEFT_OUT);
    }

    @Override
    public Snapshot copy() {
      return new Snapshot(position, replica.epoch(), replica.copyMaps());
    }

    @Override
    public void become(Snapshot snapshot) {
      replica.become(snapshot.maps(), (int) snapshot.position(), snapshot.epoch());
      position = snapshot.position();
    }
  }
}
