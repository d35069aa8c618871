package dev.scr.hosts.recovery;

/** A state that packets are applied to in their order: what recovery needs of a replica. */
public interface Recoverable {
  /** Position of the newest packet in the state. */
  long position();

  /** Applies the next packet, from its metadata. */
  void apply(byte[] metadata);

  /** Leaves the next packet out: no replica has it. */
  void leaveOut();

  /** A copy of the state. */
  Snapshot copy();

  /** Takes over a copy of another's state; the own one may be in any condition. */
  void become(Snapshot snapshot);
}
