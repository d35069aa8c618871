package dev.scr.ebpf.conformance;

import dev.scr.ebpf.isa.BpfException;

/** A vector file that cannot be read: {@code file: line N (text): expected …, found …}. */
public final class InvalidVectorException extends BpfException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception. */
  public InvalidVectorException(String place, String what) {
    super(place + ": " + what);
  }
}
