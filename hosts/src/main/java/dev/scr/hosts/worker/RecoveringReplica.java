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
 * {@link #begin}, and {@link #advance} says when that frame is done with; it never blocks. While
 * one waits, {@link #stateAhead} tells the peers what the next ones bring, so that they need not
 * wait for this worker in turn. Confined to one thread.
 */
public final class RecoveringReplica extends RecoveringReplicaPaddingBehind
    implements AutoCloseable {
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
  private final OwnPacket ownPacket;
  private final HistoryView view = new HistoryView();
  private final HistoryView ahead = new HistoryView();
  private final MemorySegment remembered;
  private final byte[] metadata;
  private final long start;

  /**
   * The replica of a worker which has been founded in the group, or has arrived there.
   *
   * @throws IllegalArgumentException if a worker cannot copy another's state, because of the kind
   *     of the program's maps
   */
  public RecoveringReplica(
      ProgramObject object, ReplicaEngine engine, RecoveryGroup group, int worker) {
    StateMap.requireCopyable(object);
    this.object = object;
    this.start = group.start();
    this.position = start;
    this.replica = engine.replica(object, ProgramObject.SCR_RECOVERING, (int) start);
    this.remembered = replica.remembered();
    this.metadata = new byte[object.program().slotBytes()];
    this.ownPacket = new OwnPacket(object, engine);
    this.recovery = new Recovery(group, worker, new State());
  }

  /** Takes a frame, which stays as it is until it is done with. */
  public void begin(byte[] newFrame, int newLength) {
    frame = newFrame;
    length = newLength;
  }

  /** Gets on with the frame. */
  public Step advance() {
    if (!isAccepted(view.wrap(frame, length))) {
      replica.handle(frame, length); // which counts it
      return Step.UNANSWERED;
    }
    while (recovery.takesPart()) {
      long own = positionOf(view, position);
      if (own <= position) {
        return late(own);
      }
      long horizon = recovery.horizon();
      if (goesOn(own, horizon)) {
        if (handle(own, horizon)) {
          return Step.HANDLED;
        }
      } else if (own - 1 > horizon) {
        state(view, frame, own, false);
      } else if (!recovery.follow()) {
        if (own > horizon) {
          state(view, frame, own, true); // those that come later may be stated next
        }
        return Step.WAITING;
      }
    }
    return Step.WAITING;
  }

  /**
   * Whether the frame can be handled: it brings everything after the state, and where something has
   * been stated already, that is what was stated.
   */
  private boolean goesOn(long own, long horizon) {
    return own - position - 1 <= view.valid()
        && (position == horizon || recovery.hasReceived(position + 1, Math.min(own, horizon)));
  }

  /**
   * States what a frame brings that is to be taken later, while the one at hand waits. Frames are
   * to be given in their order, each once.
   *
   * @return false if it cannot be stated now
   */
  public boolean stateAhead(byte[] later, int laterLength) {
    if (recovery.isJoining()) {
      return false;
    }
    if (!isAccepted(ahead.wrap(later, laterLength))) {
      return true; // it will be counted when it is taken
    }
    long own = positionOf(ahead, recovery.horizon());
    return own <= recovery.horizon() || (recovery.hasRoomTo(own) && state(ahead, later, own, true));
  }

  private boolean isAccepted(HistoryView candidate) {
    return candidate.check(object.program().id(), object.program().slotBytes())
        == FrameCheck.ACCEPTED;
  }

  /** The position nearest to another that has a frame's number. */
  private static long positionOf(HistoryView candidate, long near) {
    return near + (candidate.sequence() - (int) near);
  }

  /** The verdict's number, after {@link Step#HANDLED}. */
  public int verdict() {
    return verdict;
  }

  /** Number of the frame's packet. */
  public int sequence() {
    return view.sequence();
  }

  /**
   * States everything that a frame brings and shows to be lost, from the horizon on; false if a
   * peer has shut this worker out.
   *
   * @param all its own packet included, which is not known before it has been handled or looked
   *     into
   */
  private boolean state(HistoryView from, byte[] bytes, long own, boolean all) {
    long horizon = recovery.horizon();
    int carried = (int) Math.min(own - 1 - horizon, from.valid());
    recovery.reserve(all ? own : own - 1);
    if (own - 1 - carried > horizon) {
      recovery.lost(horizon + 1, own - 1 - carried);
    }
    history(from, bytes, own, carried);
    if (all) {
      stateOwn(from, bytes, own);
    }
    return recovery.publish(all ? own : own - 1);
  }

  private void stateOwn(HistoryView from, byte[] bytes, long own) {
    if (ownPacket.extract(from, bytes, metadata)) {
      recovery.received(own, 1, metadata, 0);
    } else {
      recovery.lost(own, own);
    }
  }

  /**
   * Handles the frame in one run of the program; false if that came to nothing, because a peer has
   * shut this worker out or the packet inside is broken.
   */
  private boolean handle(long own, long horizon) {
    boolean stated = own <= horizon;
    if (!stated) {
      recovery.reserve(own);
      history(view, frame, own, (int) (own - 1 - horizon));
    }
    long unhandled = replica.unhandled();
    verdict = replica.handle(frame, length);
    boolean broken = replica.unhandled() > unhandled;
    if (broken) {
      replica.applied((int) own - 1);
    }
    if (!stated && !publishOwn(own, broken)) {
      return false;
    }
    position = broken ? own - 1 : own;
    return !broken;
  }

  private boolean publishOwn(long own, boolean broken) {
    if (broken) {
      recovery.lost(own, own);
    } else {
      replica.lastMetadata(metadata);
      recovery.received(own, 1, metadata, 0);
    }
    return recovery.publish(own);
  }

  /** States the newest slots, in the one or two pieces in which they lie in the frame. */
  private void history(HistoryView from, byte[] bytes, long own, int count) {
    int older = Math.max(0, count - from.oldest());
    if (older > 0) {
      recovery.received(own - count, older, bytes, from.slotOffset(count));
    }
    if (count > older) {
      recovery.received(own - count + older, count - older, bytes, from.slotOffset(count - older));
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

  /** Copies a state, and compiles, in advance of the first frame; true when there is a state. */
  public boolean prepare() {
    ownPacket.prepare();
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
    ownPacket.close();
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
