package dev.scr.hosts.recovery;

import java.util.Arrays;

/**
 * One worker's search for a packet that no frame brought it. Asks every peer, again and again but
 * without ever blocking, until the answer is certain:
 *
 * <ul>
 *   <li>a peer received it: that is the packet;
 *   <li>every peer lost it: nobody has it, and nobody ever will;
 *   <li>no peer has it and some peer's ring has been written over: only a state can tell.
 * </ul>
 *
 * <p>A peer that says nothing, for as long as patience lasts, and does not beat either, is shut
 * out.
 */
final class Search {
  /** What is known. */
  enum Outcome {
    FOUND,
    LOST_EVERYWHERE,
    UNKNOWABLE,
    PENDING
  }

  private final RecoveryGroup group;
  private final int self;
  private final Statement[] heard;
  private final long[] horizons;
  private final long[] words;
  private final long[] beats;
  private final long[] sinceNs;
  private long position;
  private int first;
  private long shutOut;

  Search(RecoveryGroup group, int self) {
    this.group = group;
    this.self = self;
    this.heard = new Statement[group.places()];
    this.horizons = new long[group.places()];
    this.words = new long[group.places()];
    this.beats = new long[group.places()];
    this.sinceNs = new long[group.places()];
    Arrays.fill(heard, Statement.NOT_YET);
    Arrays.fill(horizons, group.start());
  }

  /** Starts to look for a position, unless that is what it does already. */
  void lookFor(long wanted) {
    if (position != wanted) {
      position = wanted;
      Arrays.fill(heard, Statement.NOT_YET);
      Arrays.fill(words, Long.MIN_VALUE); // no log's word: patience starts when it is first seen
    }
  }

  /** Peers that this worker has shut out. */
  long shutOut() {
    return shutOut;
  }

  /**
   * Asks every peer that has not answered for good, and first who knew the last one; copies the
   * metadata if it is found.
   */
  Outcome poll(byte[] into) {
    boolean pending = false;
    boolean gone = false;
    for (int asked = 0; asked < heard.length; asked++) {
      int peer = first + asked < heard.length ? first + asked : first + asked - heard.length;
      if (peer == self) {
        continue;
      }
      if (heard[peer] != Statement.LOST) {
        heard[peer] = ask(peer, into);
      }
      switch (heard[peer]) {
        case RECEIVED -> {
          first = peer;
          return Outcome.FOUND;
        }
        case LOST -> {}
        case GONE -> gone = true;
        case NOT_YET -> {
          pending = true;
          watch(peer);
        }
      }
    }
    if (pending) {
      return Outcome.PENDING;
    }
    return gone ? Outcome.UNKNOWABLE : Outcome.LOST_EVERYWHERE;
  }

  /** Looks at where a peer's horizon is only if it was not far enough when it was last seen. */
  private Statement ask(int peer, byte[] into) {
    if (position > horizons[peer]) {
      horizons[peer] = group.log(peer).horizon();
    }
    return group.statement(peer, position, position <= horizons[peer], into);
  }

  private void watch(int peer) {
    HistoryLog log = group.log(peer);
    long word = log.word();
    long beat = log.beats();
    long nowNs = group.nowNs();
    if (word != words[peer] || beat != beats[peer]) {
      words[peer] = word;
      beats[peer] = beat;
      sinceNs[peer] = nowNs;
    } else if (nowNs - sinceNs[peer] > group.settings().patienceNs() && log.freeze(word)) {
      shutOut++;
    }
  }
}
