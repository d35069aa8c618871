package dev.scr.hosts.trace;

/**
 * A capture file that cannot be read as one. The message says where, what was expected and found.
 */
public final class MalformedCapture extends RuntimeException {
  private static final long serialVersionUID = 1;

  MalformedCapture(String file, long offset, String problem) {
    super("%s: byte %d: %s".formatted(file, offset, problem));
  }
}
