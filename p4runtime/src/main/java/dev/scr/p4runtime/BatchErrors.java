package dev.scr.p4runtime;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.p4.v1.Error;
import org.p4.v1.Update;

/**
 * The failure of a batch: a call with status UNKNOWN whose details hold one {@link Error} for each
 * update (or each entity of a read) in order, those that succeeded included.
 */
public final class BatchErrors {
  private static final Error OK = Error.newBuilder().setCanonicalCode(Code.OK_VALUE).build();

  private BatchErrors() {}

  /** What stands for an update that succeeded. */
  public static Error ok() {
    return OK;
  }

  /** What stands for an update that failed. */
  public static Error error(Code code, String message) {
    return Error.newBuilder().setCanonicalCode(code.getNumber()).setMessage(message).build();
  }

  /**
   * The failure of a batch, for a server to end its call with.
   *
   * @param errors one for each update, in order; at least one is not OK
   */
  public static StatusRuntimeException encode(List<Error> errors) {
    long failed =
        errors.stream().filter(error -> error.getCanonicalCode() != Code.OK_VALUE).count();
    if (failed == 0) {
      throw new IllegalArgumentException(
          "failed=0 of " + errors.size() + " updates: nothing to report");
    }
    Status.Builder status =
        Status.newBuilder()
            .setCode(Code.UNKNOWN_VALUE)
            .setMessage(failed + " of " + errors.size() + " updates failed; see the details");
    errors.forEach(error -> status.addDetails(Any.pack(error)));
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /**
   * The errors of a batch, for a client.
   *
   * @param size how many updates (or entities) were sent
   * @return one error for each, in order; or none if the call failed as a whole, or says something
   *     that is not this protocol's
   */
  public static List<Error> decode(StatusRuntimeException failure, int size) {
    List<Any> details = details(failure);
    if (details.size() != size) {
      return List.of();
    }
    List<Error> errors = new ArrayList<>(size);
    for (Any detail : details) {
      try {
        errors.add(detail.unpack(Error.class));
      } catch (InvalidProtocolBufferException _) {
        return List.of();
      }
    }
    return List.copyOf(errors);
  }

  /** The updates that failed, as {@link #decode}; none if the call failed as a whole. */
  public static List<UpdateError> failed(StatusRuntimeException failure, List<Update> updates) {
    List<Error> errors = decode(failure, updates.size());
    List<UpdateError> failed = new ArrayList<>();
    for (int i = 0; i < errors.size(); i++) {
      if (errors.get(i).getCanonicalCode() != Code.OK_VALUE) {
        failed.add(new UpdateError(i, updates.get(i), errors.get(i)));
      }
    }
    return List.copyOf(failed);
  }

  /** The code with this number; UNKNOWN if there is none. */
  static Code code(int number) {
    return Objects.requireNonNullElse(Code.forNumber(number), Code.UNKNOWN);
  }

  private static List<Any> details(StatusRuntimeException failure) {
    try {
      Status status = StatusProto.fromThrowable(failure);
      return status == null ? List.of() : status.getDetailsList();
    } catch (IllegalArgumentException _) {
      return List.of(); // the trailer is not a google.rpc.Status
    }
  }
}
