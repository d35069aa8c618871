package dev.scr.softswitch.program;

import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.Packet;
import java.util.List;

/** The parser and the checksums verified right after it. */
final class ParserNode {

  // Every state that extracts makes progress; this ends loops of states that do not.
  private static final int MOST_STATES = 1 << 16;

  private final ParserState[] states;
  private final int initial;
  private final ParserErrors errors;
  private final Checksum[] checksums;

  ParserNode(List<ParserState> states, int initial, ParserErrors errors, List<Checksum> checksums) {
    this.states = states.toArray(ParserState[]::new);
    this.initial = initial;
    this.errors = errors;
    this.checksums = checksums.toArray(Checksum[]::new);
  }

  void run(Packet packet) {
    int error = runStates(packet);
    packet.parserError = error;
    if (error != errors.noError()) {
      packet.count(Event.PARSER_ERROR);
    }
    packet.checksumError = false;
    for (Checksum checksum : checksums) {
      if (!checksum.verify(packet)) {
        packet.checksumError = true;
      }
    }
    if (packet.checksumError) {
      packet.count(Event.CHECKSUM_ERROR);
    }
  }

  private int runStates(Packet packet) {
    int state = initial;
    for (int visited = 0; state != ParserState.END; visited++) {
      if (visited == MOST_STATES) {
        packet.count(Event.RUNAWAY);
        return errors.timeout();
      }
      ParserState current = states[state];
      int result = current.runOps(packet);
      if (result != ParserOp.OK) {
        return result;
      }
      if (current.keyTooLong(packet)) {
        return errors.packetTooShort();
      }
      state = current.next(packet);
    }
    return errors.noError();
  }
}
