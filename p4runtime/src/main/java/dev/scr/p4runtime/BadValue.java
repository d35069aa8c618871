package dev.scr.p4runtime;

import com.google.rpc.Code;

/** A number or byte string that does not fit its field. */
public final class BadValue extends BadInput {
  private final Code code;

  private BadValue(Code code, String message) {
    super(message);
    this.code = code;
  }

  static BadValue tooWide(String message) {
    return new BadValue(Code.OUT_OF_RANGE, message);
  }

  static BadValue malformed(String message) {
    return new BadValue(Code.INVALID_ARGUMENT, message);
  }

  /**
   * What a server answers: OUT_OF_RANGE for a value that is too wide, INVALID_ARGUMENT for one that
   * is no value.
   */
  public Code code() {
    return code;
  }
}
