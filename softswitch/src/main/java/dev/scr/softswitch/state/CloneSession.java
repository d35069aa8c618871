package dev.scr.softswitch.state;

import java.util.List;

/**
 * Where cloned packets go.
 *
 * @param replicas the copies to make
 * @param classOfService kept for the control plane; the switch has one queue
 * @param truncateTo size in bytes to cut the clone to, 0 for no cut
 * @param numberedPorts whether the control plane wrote ports as numbers and wants to read them so
 */
public record CloneSession(
    List<Replica> replicas, int classOfService, int truncateTo, boolean numberedPorts) {
  /** Copies the replicas. */
  public CloneSession {
    replicas = List.copyOf(replicas);
  }
}
