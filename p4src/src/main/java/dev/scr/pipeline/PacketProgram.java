package dev.scr.pipeline;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The packet programs that have a sequencer, one row each.
 *
 * <p>A row states what both sides of the wire must agree on; tests compare it with the compiled P4
 * program and with the BPF object's type information.
 */
public enum PacketProgram {
  DDOS("ddos", 1, 4, 63),
  HEAVYHITTER("heavyhitter", 2, 16, 29),
  CONNTRACK("conntrack", 3, 32, 14),
  TOKENBUCKET("tokenbucket", 4, 20, 23),
  PORTKNOCK("portknock", 5, 8, 59);

  private final String programName;
  private final int id;
  private final int slotBytes;
  private final int maxDepth;

  PacketProgram(String programName, int id, int slotBytes, int maxDepth) {
    this.programName = programName;
    this.id = id;
    this.slotBytes = slotBytes;
    this.maxDepth = maxDepth;
  }

  /** The name that users type and that P4Info carries as {@code pkg_info.name}. */
  public String programName() {
    return programName;
  }

  /** The {@code program} field of the SCR header: the row of the SCR paper's Table 1. */
  public int id() {
    return id;
  }

  /** Bytes of metadata that one history slot holds. */
  public int slotBytes() {
    return slotBytes;
  }

  /** The largest depth that the v1model program was compiled for, in slots. */
  public int maxDepth() {
    return maxDepth;
  }

  /** The program of that name, if there is one. */
  public static Optional<PacketProgram> named(String name) {
    return Arrays.stream(values()).filter(program -> program.programName.equals(name)).findFirst();
  }

  /** The names of all programs, for messages: {@code ddos, heavyhitter, …}. */
  public static String names() {
    return Arrays.stream(values())
        .map(PacketProgram::programName)
        .collect(Collectors.joining(", "));
  }
}
