package dev.scr.hosts.bench;

import dev.scr.pipeline.PacketProgram;

/**
 * What one comparison is about.
 *
 * @param program the packet program
 * @param depth history items that each frame carries and the handler applies
 * @param flows over which the packets are spread evenly
 */
public record HandlerCase(PacketProgram program, int depth, int flows) {
  /** Workers that need this much history. */
  public int workers() {
    return depth + 1;
  }
}
