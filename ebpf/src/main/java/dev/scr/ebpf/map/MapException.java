package dev.scr.ebpf.map;

import dev.scr.ebpf.isa.BpfException;

/** A map that cannot be created or an operation on it that makes no sense: the caller's mistake. */
public final class MapException extends BpfException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception. */
  public MapException(String map, String what) {
    super("map " + map + ": " + what);
  }
}
