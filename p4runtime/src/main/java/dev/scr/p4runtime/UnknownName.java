package dev.scr.p4runtime;

/** A name that the P4 program does not have, or has more than once. */
public final class UnknownName extends BadInput {
  public UnknownName(String message) {
    super(message);
  }
}
