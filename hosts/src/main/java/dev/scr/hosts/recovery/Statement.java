package dev.scr.hosts.recovery;

/** What a worker's log says of a packet. RECEIVED and LOST are for good. */
public enum Statement {
  /** A frame brought its metadata to the worker. */
  RECEIVED,
  /** The worker has seen newer packets, but no frame brought it this one. */
  LOST,
  /** The worker has not got that far. */
  NOT_YET,
  /** The ring has been written over since: nobody knows any more. */
  GONE
}
