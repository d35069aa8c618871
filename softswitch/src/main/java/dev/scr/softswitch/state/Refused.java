package dev.scr.softswitch.state;

/** A change or a question that the state of the pipeline does not allow. Nothing has changed. */
public final class Refused extends RuntimeException {

  /** Why, in the terms of the control protocol. */
  public enum Reason {
    /** What is to be changed is not there. */
    NOT_FOUND,
    /** What is to be inserted is there already. */
    ALREADY_EXISTS,
    /** There is no room. */
    FULL,
    /** The program does not allow the change. */
    READ_ONLY,
    /** The request makes no sense. */
    INVALID,
    /** A number is too large. */
    OUT_OF_RANGE,
    /** The switch does not implement it. */
    UNSUPPORTED,
    /** Something that exists depends on what is to be removed. */
    IN_USE
  }

  private final Reason reason;
  private final String problem;

  /**
   * @param reason why
   * @param message what was asked for, what stands against it
   */
  public Refused(Reason reason, String message) {
    super(message);
    this.reason = reason;
    problem = message;
  }

  /** The message. */
  public String problem() {
    return problem;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
