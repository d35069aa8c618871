package dev.scr.softswitch.server;

import dev.scr.p4runtime.BatchErrors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.p4.v1.CapabilitiesRequest;
import org.p4.v1.CapabilitiesResponse;
import org.p4.v1.Entity;
import org.p4.v1.GetForwardingPipelineConfigRequest;
import org.p4.v1.GetForwardingPipelineConfigResponse;
import org.p4.v1.P4RuntimeGrpc;
import org.p4.v1.ReadRequest;
import org.p4.v1.ReadResponse;
import org.p4.v1.SetForwardingPipelineConfigRequest;
import org.p4.v1.SetForwardingPipelineConfigResponse;
import org.p4.v1.StreamMessageRequest;
import org.p4.v1.StreamMessageResponse;
import org.p4.v1.WriteRequest;
import org.p4.v1.WriteResponse;

/** Takes calls apart and gives them to the device that they are for. No exception escapes. */
final class P4RuntimeService extends P4RuntimeGrpc.P4RuntimeImplBase {

  private static final System.Logger LOGGER = System.getLogger("dev.scr.softswitch.server");
  private static final String API_VERSION = "1.5.0";
  // Keeps responses to reads far below the 4 MiB that clients accept by default.
  private static final int ENTITIES_PER_RESPONSE = 512;

  private final Map<Long, DeviceControl> devices;

  P4RuntimeService(Map<Long, DeviceControl> devices) {
    this.devices = Map.copyOf(devices);
  }

  private DeviceControl device(long id) {
    DeviceControl device = devices.get(id);
    if (device == null) {
      throw Status.NOT_FOUND
          .withDescription(
              "no device " + Long.toUnsignedString(id) + "; there is " + devices.keySet())
          .asRuntimeException();
    }
    return device;
  }

  private static <T> void answer(StreamObserver<T> client, Supplier<T> work) {
    T response;
    try {
      response = work.get();
    } catch (RuntimeException | StackOverflowError e) {
      client.onError(failure(e));
      return;
    }
    client.onNext(response);
    client.onCompleted();
  }

  private static StatusRuntimeException failure(Throwable e) {
    if (e instanceof StatusRuntimeException status) {
      return status;
    }
    LOGGER.log(System.Logger.Level.ERROR, "call failed", e);
    return Status.INTERNAL.withDescription("unexpected " + e).asRuntimeException();
  }

  @Override
  public void capabilities(
      CapabilitiesRequest request, StreamObserver<CapabilitiesResponse> client) {
    answer(
        client,
        () -> {
          if (request.getDeviceId() != 0) {
            device(request.getDeviceId());
          }
          return CapabilitiesResponse.newBuilder().setP4RuntimeApiVersion(API_VERSION).build();
        });
  }

  @Override
  public void write(WriteRequest request, StreamObserver<WriteResponse> client) {
    answer(
        client,
        () -> {
          device(request.getDeviceId()).write(request);
          return WriteResponse.getDefaultInstance();
        });
  }

  @Override
  public void read(ReadRequest request, StreamObserver<ReadResponse> client) {
    DeviceControl.ReadResult result;
    try {
      result = device(request.getDeviceId()).read(request);
    } catch (RuntimeException | StackOverflowError e) {
      client.onError(failure(e));
      return;
    }
    List<Entity> found = result.entities();
    for (int from = 0; from < found.size(); from += ENTITIES_PER_RESPONSE) {
      int to = Math.min(found.size(), from + ENTITIES_PER_RESPONSE);
      client.onNext(ReadResponse.newBuilder().addAllEntities(found.subList(from, to)).build());
    }
    if (result.failed()) {
      client.onError(BatchErrors.encode(result.errors()));
    } else {
      client.onCompleted();
    }
  }

  @Override
  public void setForwardingPipelineConfig(
      SetForwardingPipelineConfigRequest request,
      StreamObserver<SetForwardingPipelineConfigResponse> client) {
    answer(
        client,
        () -> {
          device(request.getDeviceId()).setPipeline(request);
          return SetForwardingPipelineConfigResponse.getDefaultInstance();
        });
  }

  @Override
  public void getForwardingPipelineConfig(
      GetForwardingPipelineConfigRequest request,
      StreamObserver<GetForwardingPipelineConfigResponse> client) {
    answer(client, () -> device(request.getDeviceId()).getPipeline(request));
  }

  @Override
  public StreamObserver<StreamMessageRequest> streamChannel(
      StreamObserver<StreamMessageResponse> client) {
    return new StreamSession(
        this::device, (ServerCallStreamObserver<StreamMessageResponse>) client);
  }
}
