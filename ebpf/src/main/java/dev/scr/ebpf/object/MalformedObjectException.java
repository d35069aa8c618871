package dev.scr.ebpf.object;

import dev.scr.ebpf.isa.BpfException;

/**
 * A file that is not an object we can read. The message is {@code file: place: expected …, found
 * …}.
 */
public final class MalformedObjectException extends BpfException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception. */
  public MalformedObjectException(String file, String place, String what) {
    super(file + ": " + place + ": " + what);
  }
}
