package dev.scr.hosts.recovery;

import dev.scr.hosts.recovery.Search.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One worker's part in recovery. Confined to its thread, and it never blocks: where something has
 * to be waited for, {@link #isReady} is false and is to be asked again.
 *
 * <p>The state is at the log's horizon or behind it, where the worker has stated what later frames
 * bring before it handles them. A frame that goes on from the state is applied, then stated, and
 * only if that can be published has a verdict. For any other, what it brings and what it shows to
 * be lost is stated first; then the state follows, number by number; and when nothing between the
 * state and the frame is stated lost, the frame is handled. Its verdict needs no leave: what it
 * depends on has been stated, and is for good.
 */
public final class Recovery {
  private final RecoveryGroup group;
  private final int place;
  private final HistoryLog log;
  private final Recoverable state;
  private final Search search;
  private final Queue<SnapshotRequest> requests;
  private final byte[] metadata;
  private final List<Long> leftOut = new ArrayList<>();
  private boolean joining;
  private boolean prepared;
  private long joinFrom;
  private int lastDonor = -1;
  private long askedNs;
  private @Nullable SnapshotRequest asked;
  private long gaps;
  private long recovered;
  private long unknown;
  private long answeredLate;
  private long joins;
  private long crashes;

  /** The part of the worker at a place, which has been founded or has arrived. */
  public Recovery(RecoveryGroup group, int place, Recoverable state) {
    this.group = group;
    this.place = place;
    this.log = group.log(place);
    this.state = state;
    this.search = new Search(group, place);
    this.requests = group.requests(place);
    this.metadata = new byte[group.entryBytes()];
    this.joining = log.isFrozen();
  }

  /** The newest position that this worker has stated something on. */
  public long horizon() {
    return log.horizon();
  }

  /**
   * Gets on with joining, if it has to; true if the worker takes part. Also gives its state to who
   * has asked for it.
   */
  public boolean takesPart() {
    if (log.isFrozen()) {
      joining = true; // a peer has not waited any longer
    }
    serve();
    return !joining || join();
  }

  /** Gets on as far as possible; true if the state is at the horizon and the worker takes part. */
  public boolean isReady() {
    if (!takesPart()) {
      return false;
    }
    while (state.position() < log.horizon()) {
      if (!follow()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Copies a peer's state in advance, so that the worker can follow from there when its first frame
   * comes; nobody waits for it until then. True when it is done.
   */
  public boolean prepare() {
    if (joining && !prepared) {
      prepared = copy();
    }
    return !joining || prepared;
  }

  /** Gives the state to who has asked for it. To be called now and then while nothing else is. */
  public void serve() {
    if (requests.isEmpty()) {
      return;
    }
    Optional<Snapshot> copy = joining ? Optional.empty() : Optional.of(state.copy());
    for (SnapshotRequest request = requests.poll(); request != null; request = requests.poll()) {
      request.answer(copy);
    }
  }

  /** Announces what is going to be stated. */
  public void reserve(long to) {
    log.reserve(to);
  }

  /** States that a frame brought these packets. */
  public void received(long first, int count, byte[] from, int offset) {
    log.received(first, count, from, offset);
  }

  /** Whether this worker has stated that frames brought all of these packets. */
  public boolean hasReceived(long first, long last) {
    return log.hasReceived(first, last);
  }

  /**
   * Whether the log may be written up to a position before the state has got there. A quarter of
   * the ring: a peer whose statements this worker waits for may itself have stated as much ahead of
   * its state, and it needs what this ring held for that state.
   */
  public boolean hasRoomTo(long position) {
    return position - state.position() <= group.settings().ringEntries() / 4;
  }

  /** States that no frame brought these packets. */
  public void lost(long first, long last) {
    log.lost(first, last);
    gaps++;
  }

  /** Makes it known; false if a peer has shut this worker out: it has to join anew. */
  public boolean publish(long to) {
    boolean published = log.publish(to);
    if (!published) {
      joining = true;
    }
    return published;
  }

  /** Loses the state, as a crash does; false if it is the only one, which is kept. */
  public boolean crash() {
    if (!group.surrender(place, group.start())) {
      return false;
    }
    crashes++;
    joining = true;
    joinFrom = group.start();
    return true;
  }

  /** Counts a late frame that had its verdict still. */
  public void countAnsweredLate() {
    answeredLate++;
  }

  /** What has been done so far. */
  public RecoveryCounts counts() {
    return new RecoveryCounts(
        gaps, recovered, leftOut, unknown, answeredLate, joins, search.shutOut(), crashes);
  }

  /** Whether this worker is without a state at the moment. */
  public boolean isJoining() {
    return joining;
  }

  /**
   * One packet further, where the state is behind the horizon; false if it has to be waited for.
   */
  public boolean follow() {
    long next = state.position() + 1;
    Statement own = log.read(next, metadata);
    if (own == Statement.RECEIVED) {
      state.apply(metadata);
      return true;
    }
    search.lookFor(next);
    Outcome outcome = search.poll(metadata);
    if (outcome == Outcome.LOST_EVERYWHERE && own == Statement.GONE) {
      outcome = Outcome.UNKNOWABLE;
    }
    return switch (outcome) {
      case FOUND -> {
        state.apply(metadata);
        recovered++;
        yield true;
      }
      case LOST_EVERYWHERE -> {
        state.leaveOut();
        leftOut.add(next);
        yield true;
      }
      case UNKNOWABLE -> giveUp(next);
      case PENDING -> {
        log.beat();
        yield false;
      }
    };
  }

  /** Only a state can tell; if nobody else has one, any decision is everybody's. */
  private boolean giveUp(long position) {
    if (group.surrender(place, position)) {
      joining = true;
      joinFrom = position;
      return false;
    }
    state.leaveOut();
    unknown++;
    return true;
  }

  private boolean join() {
    if (!prepared && !copy()) {
      return false;
    }
    group.join(place, state.position());
    prepared = false;
    joining = false;
    joins++;
    return true;
  }

  /** Gets on with copying a peer's state; true when it is copied. */
  private boolean copy() {
    SnapshotRequest request = asked;
    if (request == null) {
      ask();
      return false;
    }
    Optional<Snapshot> copy = request.snapshot();
    if (copy.isPresent()
        && (copy.get().position() >= joinFrom || !group.othersReach(place, joinFrom))) {
      state.become(copy.get());
      asked = null;
      return true;
    }
    if (request.isAnswered() || group.nowNs() - askedNs > group.settings().patienceNs()) {
      asked = null;
    }
    return false;
  }

  /** Asks somebody, but not twice in a row the same one if there is a choice. */
  private void ask() {
    OptionalInt donor = group.donor(place, lastDonor);
    if (donor.isEmpty()) {
      donor = group.donor(place, -1);
    }
    if (donor.isEmpty()) {
      throw new IllegalStateException(
          "worker %d: expected a peer with a state to copy, found none".formatted(place));
    }
    lastDonor = donor.getAsInt();
    asked = group.ask(lastDonor);
    askedNs = group.nowNs();
  }
}
