package dev.scr.softswitch.packet;

/** Things that happen to packets and that the switch counts. */
public enum Event {
  /** A frame came in. */
  RECEIVED,
  /** A frame came in and there is no pipeline; it was dropped. */
  NO_PIPELINE,
  /** A frame went out. */
  TRANSMITTED,
  /** The program dropped the packet at the end of ingress. */
  DROPPED_INGRESS,
  /** The program dropped the packet at the end of egress. */
  DROPPED_EGRESS,
  /** The parser ended with an error; the packet went on to ingress. */
  PARSER_ERROR,
  /** A checksum did not verify; the packet went on to ingress. */
  CHECKSUM_ERROR,
  /** A register, counter, meter or stack index was out of range; the access was skipped. */
  INDEX_OUT_OF_RANGE,
  /** A division by zero or a shift by a negative amount; the result was 0. */
  UNDEFINED_ARITHMETIC,
  /** The packet was to grow beyond the limit; it was dropped. */
  GROWTH_EXCEEDED,
  /** A packet was sent to a multicast group that does not exist; nothing was sent. */
  UNKNOWN_MULTICAST_GROUP,
  /** A packet was to be cloned to a session that does not exist; there was no clone. */
  UNKNOWN_CLONE_SESSION,
  /** A packet was cloned. */
  CLONED,
  /** A packet was resubmitted. */
  RESUBMITTED,
  /** A packet was recirculated. */
  RECIRCULATED,
  /** A packet was resubmitted or recirculated more often than the limit; it was dropped. */
  TOO_MANY_PASSES,
  /** An action or the parser ran longer than the limit; it was cut short. */
  RUNAWAY,
  /** An {@code assert} or {@code assume} did not hold; the packet was dropped. */
  ASSERTION_FAILED,
  /** A packet went to the control plane. */
  PACKET_IN,
  /** A packet or a message for the control plane was lost: no primary, or it does not keep up. */
  PACKET_IN_LOST,
  /** A packet came from the control plane. */
  PACKET_OUT,
  /** A digest message was lost because the control plane does not keep up. */
  DIGEST_LOST
}
