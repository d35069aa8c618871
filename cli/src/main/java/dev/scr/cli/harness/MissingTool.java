package dev.scr.cli.harness;

/** Something that a command needs is not installed, or does not work here. Says how to get it. */
public final class MissingTool extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A message that names what is missing. */
  public MissingTool(String message) {
    super(message);
  }
}
