package dev.scr.p4runtime;

import com.google.rpc.Code;
import org.p4.v1.Error;
import org.p4.v1.Update;

/**
 * An update that failed.
 *
 * @param index its place in the batch, from 0
 * @param update what was asked for
 * @param error what the switch said
 */
public record UpdateError(int index, Update update, Error error) {

  /** The canonical code; UNKNOWN for a number that is none. */
  public Code code() {
    return BatchErrors.code(error.getCanonicalCode());
  }
}
