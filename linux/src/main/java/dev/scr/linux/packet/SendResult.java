package dev.scr.linux.packet;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.SystemCallException;

/** What became of a frame to be sent. Only {@link #SENT} means that the interface has it. */
public enum SendResult {
  SENT,
  /** The send buffer or the interface's queue is full: try again or count it as lost. */
  QUEUE_FULL,
  /** Longer than the interface's MTU allows. */
  TOO_LONG,
  /** Shorter than an Ethernet header. */
  TOO_SHORT,
  LINK_DOWN;

  /**
   * Translates the negated errno of a send call; an error that says more about the program than
   * about the frame is thrown.
   */
  static SendResult of(long result, Object socket) {
    if (result >= 0) {
      return SENT;
    }
    return switch ((int) -result) {
      case Errno.EAGAIN, Errno.ENOBUFS, Errno.EINTR -> QUEUE_FULL;
      case Errno.EMSGSIZE -> TOO_LONG;
      case Errno.EINVAL -> TOO_SHORT;
      case Errno.ENETDOWN, Errno.ENXIO -> LINK_DOWN;
      default -> throw new SystemCallException("send on " + socket, (int) -result);
    };
  }
}
