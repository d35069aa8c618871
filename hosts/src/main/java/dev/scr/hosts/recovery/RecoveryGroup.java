package dev.scr.hosts.recovery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;

/**
 * The workers that recover losses from each other: their logs, who takes part, and who copies state
 * from whom. The logs are read and written without locks; what happens rarely (joining, leaving,
 * speaking for a frozen peer) happens under one lock, for a few instructions at a time.
 */
public class RecoveryGroup {
  /** What a place in the group holds. */
  private enum Member {
    /** Nobody yet. */
    ABSENT,
    /** A worker that has no state: it has started or crashed, and will copy one. */
    STATELESS,
    /** A replica. */
    REPLICA,
    /** A replica that gets no more frames; its state can still be copied. */
    ENDED,
    /** Nobody any more. */
    LEFT
  }

  private final HistoryLog[] logs;
  private final Member[] members;
  private final long[] spokenFor;
  private final List<Queue<SnapshotRequest>> requests = new ArrayList<>();
  private final int entryBytes;
  private final long start;
  private final RecoverySettings settings;
  private final LongSupplier clockNs;

  /**
   * A group in which nobody takes part yet.
   *
   * @param places the most workers that ever take part, counted from 0
   * @param entryBytes bytes of a packet's metadata
   * @param start position before the first packet
   * @param clockNs for patience
   */
  public RecoveryGroup(
      int places, int entryBytes, long start, RecoverySettings settings, LongSupplier clockNs) {
    this.logs = new HistoryLog[places];
    this.members = new Member[places];
    this.spokenFor = new long[places];
    this.entryBytes = entryBytes;
    this.start = start;
    this.settings = settings;
    this.clockNs = clockNs;
    Arrays.fill(members, Member.ABSENT);
    for (int place = 0; place < places; place++) {
      logs[place] = new HistoryLog(entryBytes, settings.ringEntries(), start);
      requests.add(new ConcurrentLinkedQueue<>());
    }
  }

  /** Position before the first packet of the run. */
  public long start() {
    return start;
  }

  /** Bytes of a packet's metadata. */
  public int entryBytes() {
    return entryBytes;
  }

  /** Number of places. */
  int places() {
    return logs.length;
  }

  RecoverySettings settings() {
    return settings;
  }

  long nowNs() {
    return clockNs.getAsLong();
  }

  HistoryLog log(int place) {
    return logs[place];
  }

  /** Takes a place with an empty state, at the start of a run. */
  public synchronized void found(int place) {
    members[place] = Member.REPLICA;
    logs[place].thaw(start);
  }

  /** Takes a place without a state: it is copied when the first frame comes. */
  public synchronized void arrive(int place) {
    members[place] = Member.STATELESS;
  }

  /**
   * Gives up a state that is of no use any more, so that another is copied; false if nobody else
   * has one that reaches a position, in which case nothing happens.
   */
  synchronized boolean surrender(int place, long position) {
    if (!othersReach(place, position)) {
      return false;
    }
    freeze(place);
    members[place] = Member.STATELESS;
    return true;
  }

  /** Whether somebody else than this place's worker has a state that can be copied. */
  public synchronized boolean othersHaveState(int place) {
    return othersReach(place, start);
  }

  /** Whether somebody else has a state up to a position, or is going to have one. */
  synchronized boolean othersReach(int place, long position) {
    OptionalInt furthest = donor(place, -1);
    return furthest.isPresent() && logs[furthest.getAsInt()].horizon() >= position;
  }

  /**
   * Goes on with the state of a snapshot.
   *
   * @return up to where the log states something now: the replica has to follow to there
   */
  synchronized long join(int place, long position) {
    long to = Math.max(Math.max(position, spokenFor[place]), logs[place].horizon());
    logs[place].thaw(to);
    members[place] = Member.REPLICA;
    return to;
  }

  /** Takes no more frames, but still gives its state to others. */
  public synchronized void end(int place) {
    freeze(place);
    members[place] = Member.ENDED;
  }

  /** Leaves for good, state and all. */
  public synchronized void leave(int place) {
    freeze(place);
    members[place] = Member.LEFT;
  }

  /** Whether nobody takes frames any more, so that nobody needs a state. */
  public synchronized boolean allEnded() {
    return Arrays.stream(members)
        .noneMatch(member -> member == Member.REPLICA || member == Member.STATELESS);
  }

  /** Whose state to copy: of those who have one, the one that has got furthest. */
  synchronized OptionalInt donor(int asker, int notThisOne) {
    int best = -1;
    for (int place = 0; place < logs.length; place++) {
      boolean has =
          members[place] == Member.ENDED
              || (members[place] == Member.REPLICA && !logs[place].isFrozen());
      if (has
          && place != asker
          && place != notThisOne
          && (best < 0 || logs[place].horizon() > logs[best].horizon())) {
        best = place;
      }
    }
    return best < 0 ? OptionalInt.empty() : OptionalInt.of(best);
  }

  /** Asks for a copy of a state. */
  SnapshotRequest ask(int donor) {
    SnapshotRequest request = new SnapshotRequest(donor);
    requests.get(donor).add(request);
    return request;
  }

  /** Who has asked this place's worker for its state. */
  Queue<SnapshotRequest> requests(int place) {
    return requests.get(place);
  }

  /**
   * What a peer says of a position. Where a frozen peer cannot say anything, LOST is said in its
   * place, and it will be held to that when it joins anew.
   *
   * @param stated whether the peer's horizon is known to be there or further
   */
  Statement statement(int peer, long position, boolean stated, byte[] into) {
    HistoryLog log = logs[peer];
    Statement statement = stated ? log.readStated(position, into) : Statement.NOT_YET;
    return statement == Statement.NOT_YET && log.isFrozen()
        ? speakFor(peer, position, into)
        : statement;
  }

  private synchronized Statement speakFor(int peer, long position, byte[] into) {
    HistoryLog log = logs[peer];
    Statement statement = log.read(position, into);
    if (statement == Statement.NOT_YET && log.isFrozen()) {
      spokenFor[peer] = Math.max(spokenFor[peer], position);
      return Statement.LOST;
    }
    return statement;
  }

  private void freeze(int place) {
    long word = logs[place].word();
    while (!HistoryLog.isFrozen(word) && !logs[place].freeze(word)) {
      word = logs[place].word();
    }
  }
}
