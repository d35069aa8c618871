package dev.scr.softswitch.program;

import dev.scr.softswitch.packet.Packet;

/**
 * What an engine offers to the target: the four blocks of a v1model program, ready to run on a
 * packet. The interpreter over resolved nodes implements it; a compiler to JVM bytecode can, too.
 * Not thread-safe: the target runs one packet at a time.
 */
public interface PacketProgram {

  /**
   * Parses the packet from its frame, then verifies checksums. On a parser error the headers
   * extracted so far are valid and {@link Packet#parserError} is set.
   */
  void parse(Packet packet);

  /** Runs the ingress control. */
  void ingress(Packet packet);

  /** Runs the egress control. */
  void egress(Packet packet);

  /**
   * Updates checksums and writes the packet.
   *
   * @return false if the packet would be longer than {@link Packet#capacity}; nothing is written
   */
  boolean deparse(Packet packet, FrameBuffer out);
}
