package dev.scr.softswitch.stf;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A statement of an STF test. Numbers are as written, because their notation carries meaning. */
public sealed interface StfCommand {

  /** The line it is on, from 1. */
  int line();

  /** Adds a table entry; {@code key} is number or number/prefix length by field. */
  record AddEntry(
      int line,
      String table,
      OptionalInt priority,
      Map<String, String> key,
      ActionCall action,
      Optional<String> label)
      implements StfCommand {}

  /** Sets a table's default action. */
  record SetDefault(int line, String table, ActionCall action) implements StfCommand {}

  /** An action and its arguments by parameter name. */
  record ActionCall(String action, Map<String, String> arguments) {}

  /** Sends a packet. */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way, never compared
  record SendPacket(int line, int port, byte[] bytes) implements StfCommand {}

  /** Expects a packet on a port, any packet if there is no pattern. */
  record ExpectPacket(int line, int port, Optional<PacketPattern> pattern) implements StfCommand {}

  /** Expects that a counter has a value; a counter is an index, or the label of an entry. */
  record CheckCounter(
      int line, String counter, String index, boolean bytes, String relation, long value)
      implements StfCommand {}

  /** A command of the switch's own command line: its words. */
  record SwitchCommand(int line, String name, List<String> words) implements StfCommand {}

  /** A statement without effect: {@code wait}, {@code no_packet}, {@code remove all}. */
  record Ignored(int line, String name) implements StfCommand {}
}
