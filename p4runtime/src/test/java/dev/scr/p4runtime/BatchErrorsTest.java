package dev.scr.p4runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.p4.v1.Error;
import org.p4.v1.Update;

class BatchErrorsTest {
  private static final Update INSERT = Update.newBuilder().setType(Update.Type.INSERT).build();
  private static final Update DELETE = Update.newBuilder().setType(Update.Type.DELETE).build();

  @Test
  void everyErrorFindsItsUpdate() {
    StatusRuntimeException failure =
        BatchErrors.encode(
            List.of(
                BatchErrors.ok(),
                BatchErrors.error(Code.NOT_FOUND, "no such entry"),
                BatchErrors.ok()));

    List<UpdateError> failed = BatchErrors.failed(failure, List.of(INSERT, DELETE, INSERT));

    assertEquals(io.grpc.Status.Code.UNKNOWN, failure.getStatus().getCode());
    assertEquals(1, failed.size());
    assertEquals(1, failed.getFirst().index());
    assertEquals(DELETE, failed.getFirst().update());
    assertEquals(Code.NOT_FOUND, failed.getFirst().code());
    assertEquals("no such entry", failed.getFirst().error().getMessage());
  }

  @Test
  void aFailureOfTheWholeCallHasNoUpdates() {
    StatusRuntimeException denied = io.grpc.Status.PERMISSION_DENIED.asRuntimeException();
    assertEquals(List.of(), BatchErrors.failed(denied, List.of(INSERT)));
  }

  @Test
  void anotherNumberOfErrorsIsNotBelieved() {
    StatusRuntimeException failure =
        BatchErrors.encode(List.of(BatchErrors.error(Code.NOT_FOUND, "")));
    assertEquals(List.of(), BatchErrors.failed(failure, List.of(INSERT, DELETE)));
  }

  @Test
  void detailsOfAnotherTypeAreNotBelieved() {
    Status status =
        Status.newBuilder().setCode(Code.UNKNOWN_VALUE).addDetails(Any.pack(INSERT)).build();
    assertEquals(
        List.of(),
        BatchErrors.failed(StatusProto.toStatusRuntimeException(status), List.of(INSERT)));
  }

  @Test
  void aGarbledTrailerIsNotBelieved() {
    Metadata trailers = new Metadata();
    trailers.put(
        Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER),
        "not a status".getBytes(StandardCharsets.UTF_8));
    StatusRuntimeException failure = io.grpc.Status.UNKNOWN.asRuntimeException(trailers);
    assertEquals(List.of(), BatchErrors.failed(failure, List.of(INSERT)));
  }

  @Test
  void anUnknownCodeIsUnknown() {
    Error strange = Error.newBuilder().setCanonicalCode(99).build();
    List<UpdateError> failed =
        BatchErrors.failed(BatchErrors.encode(List.of(strange)), List.of(INSERT));
    assertEquals(Code.UNKNOWN, failed.getFirst().code());
  }

  @Test
  void nothingFailedIsNoFailure() {
    assertThrows(
        IllegalArgumentException.class, () -> BatchErrors.encode(List.of(BatchErrors.ok())));
  }
}
