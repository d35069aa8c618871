package dev.scr.softswitch.program;

import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.state.ValueSet;
import java.util.List;

/** A parser state: operations, then a transition chosen by a key. */
final class ParserState {

  /** Says that the parser ends. */
  static final int END = -1;

  /** A transition; {@code next} is a state's number or {@link #END}. */
  sealed interface Transition {
    int next();

    /** Taken when the key under the mask has that value. */
    @SuppressWarnings("ArrayRecordComponent") // read per packet, never compared
    record Value(long[] value, long[] mask, int next) implements Transition {}

    /** Taken when the key under the mask is in the set. */
    @SuppressWarnings("ArrayRecordComponent") // read per packet, never compared
    record InSet(ValueSet set, long[] mask, int next) implements Transition {}
  }

  private final ParserOp[] ops;
  private final KeyPart[] key;
  private final int peekedBits;
  private final Transition[] transitions;
  private final int defaultNext;
  private final long[] keyWords;

  /** Resolved from a state of the file; {@code peekedBits} is how far the key looks ahead. */
  ParserState(
      List<ParserOp> ops,
      List<KeyPart> key,
      int peekedBits,
      List<Transition> transitions,
      int defaultNext) {
    this.ops = ops.toArray(ParserOp[]::new);
    this.key = key.toArray(KeyPart[]::new);
    this.peekedBits = peekedBits;
    this.transitions = transitions.toArray(Transition[]::new);
    this.defaultNext = defaultNext;
    keyWords = new long[key.stream().mapToInt(KeyPart::words).sum()];
  }

  /** Runs the operations; gives {@link ParserOp#OK} or an error. */
  int runOps(Packet packet) {
    for (ParserOp op : ops) {
      int result = op.run(packet);
      if (result != ParserOp.OK) {
        return result;
      }
    }
    return ParserOp.OK;
  }

  /** Whether the packet is too short for the transition key. */
  boolean keyTooLong(Packet packet) {
    return peekedBits > 0 && packet.remaining() * 8L < peekedBits;
  }

  /** The next state or {@link #END}. Without a match and a default the parser ends, as in BMv2. */
  int next(Packet packet) {
    if (key.length == 0) {
      return defaultNext;
    }
    for (KeyPart part : key) {
      part.write(packet, keyWords);
    }
    for (Transition transition : transitions) {
      boolean taken =
          transition instanceof Transition.Value value
              ? matches(value)
              : transition instanceof Transition.InSet inSet
                  && inSet.set.contains(keyWords, inSet.mask);
      if (taken) {
        return transition.next();
      }
    }
    return defaultNext;
  }

  private boolean matches(Transition.Value transition) {
    for (int i = 0; i < keyWords.length; i++) {
      if ((keyWords[i] & transition.mask[i]) != transition.value[i]) {
        return false;
      }
    }
    return true;
  }
}
