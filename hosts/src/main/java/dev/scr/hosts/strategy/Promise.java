package dev.scr.hosts.strategy;

import dev.scr.pipeline.PacketProgram;

/**
 * What a strategy on several cores has in common with the sequential program, strongest first. On
 * one core every strategy that is there at all promises {@link #EQUAL}. A full table ends every
 * promise: shards have more room together than one table, and who comes last depends on the order.
 */
public enum Promise {
  /** The verdict on every packet, and the final state. */
  EQUAL("every verdict and the final state"),

  /** The final state and how often each verdict is given, but perhaps to other packets of a key. */
  TOTALS("the final state and the number of each verdict"),

  /** The final state: additions come in any order. */
  STATE("the final state"),

  /**
   * Packets are taken one at a time for each key and none is lost, but cores may take them in
   * another order than they came, and for this program the order matters.
   */
  WHOLE("one verdict for each packet, no lost update"),

  /** The program's update is more than an addition. */
  UNAVAILABLE("not available");

  private final String meaning;

  Promise(String meaning) {
    this.meaning = meaning;
  }

  /** The promise in words. */
  public String meaning() {
    return meaning;
  }

  /** The table: what a strategy promises for a program. Tests and {@code docs} hold on to it. */
  public static Promise of(PacketProgram program, Strategy strategy) {
    return switch (strategy) {
      case SEQUENTIAL, SCR, SHARDED, REBALANCED -> EQUAL;
      case SHARED_LOCK ->
          switch (program) {
            case DDOS -> TOTALS; // a source's packets are numbered, whoever comes first
            case HEAVYHITTER -> STATE; // the packet that crosses the threshold may be another one
            case CONNTRACK, TOKENBUCKET, PORTKNOCK -> WHOLE;
          };
      case SHARED_ATOMIC ->
          switch (program) {
            case DDOS -> TOTALS;
            case HEAVYHITTER -> STATE;
            case CONNTRACK, TOKENBUCKET, PORTKNOCK -> UNAVAILABLE;
          };
    };
  }
}
