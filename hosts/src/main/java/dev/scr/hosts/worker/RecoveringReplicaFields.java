package dev.scr.hosts.worker;

/** What a worker that recovers changes for each frame. */
abstract class RecoveringReplicaFields extends RecoveringReplicaPadding {
  byte[] frame = new byte[0];
  int length;
  long position;
  int verdict;
}
