package dev.scr.softswitch.server;

import com.google.rpc.Code;
import dev.scr.p4runtime.BadValue;
import dev.scr.softswitch.state.Refused;
import io.grpc.StatusRuntimeException;
import org.p4.v1.Error;

/** One update or one read that cannot be done; the others of the batch go on. */
final class Rejected extends RuntimeException {

  private final Code code;
  private final String problem;

  Rejected(Code code, String problem) {
    super(problem);
    this.code = code;
    this.problem = problem;
  }

  static Rejected invalid(String problem) {
    return new Rejected(Code.INVALID_ARGUMENT, problem);
  }

  static Rejected notFound(String kind, int id) {
    return new Rejected(Code.NOT_FOUND, "no " + kind + " with id " + Integer.toUnsignedString(id));
  }

  static Rejected unimplemented(String what) {
    return new Rejected(Code.UNIMPLEMENTED, what + " is not implemented");
  }

  /** The protocol's error for something that went wrong with one update or read. */
  static Error toError(RuntimeException e) {
    return switch (e) {
      case Rejected rejected -> error(rejected.code, rejected.problem);
      case Refused refused -> error(code(refused.reason()), refused.problem());
      case BadValue bad -> error(bad.code(), String.valueOf(bad.getMessage()));
      case StatusRuntimeException status ->
          Error.newBuilder()
              .setCanonicalCode(status.getStatus().getCode().value())
              .setMessage(String.valueOf(status.getStatus().getDescription()))
              .build();
      default -> error(Code.INTERNAL, "unexpected " + e);
    };
  }

  private static Error error(Code code, String message) {
    return Error.newBuilder().setCanonicalCode(code.getNumber()).setMessage(message).build();
  }

  private static Code code(Refused.Reason reason) {
    return switch (reason) {
      case NOT_FOUND -> Code.NOT_FOUND;
      case ALREADY_EXISTS -> Code.ALREADY_EXISTS;
      case FULL -> Code.RESOURCE_EXHAUSTED;
      case READ_ONLY -> Code.PERMISSION_DENIED;
      case INVALID -> Code.INVALID_ARGUMENT;
      case OUT_OF_RANGE -> Code.OUT_OF_RANGE;
      case UNSUPPORTED -> Code.UNIMPLEMENTED;
      case IN_USE -> Code.FAILED_PRECONDITION;
    };
  }
}
