package dev.scr.softswitch.server;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;
import org.p4.v1.MasterArbitrationUpdate;
import org.p4.v1.StreamMessageRequest;
import org.p4.v1.StreamMessageResponse;

/**
 * One client's StreamChannel. The first arbitration message says which device it is about; from
 * then on, everything goes to that device.
 */
final class StreamSession implements StreamObserver<StreamMessageRequest>, Arbitration.Client {

  /** Finds a device by its id, or throws NOT_FOUND. */
  interface Devices {
    DeviceControl device(long id);
  }

  private static final System.Logger LOGGER = System.getLogger("dev.scr.softswitch.server");

  private final Devices devices;
  private final ServerCallStreamObserver<StreamMessageResponse> client;
  private @Nullable DeviceControl device;
  private boolean ended;

  StreamSession(Devices devices, ServerCallStreamObserver<StreamMessageResponse> client) {
    this.devices = devices;
    this.client = client;
    client.setOnCancelHandler(this::leave);
  }

  @Override
  public void onNext(StreamMessageRequest message) {
    try {
      handle(message);
    } catch (StatusRuntimeException e) {
      end(e);
    } catch (RuntimeException e) {
      LOGGER.log(System.Logger.Level.ERROR, "stream message failed", e);
      end(Status.INTERNAL.withDescription("unexpected " + e).asRuntimeException());
    }
  }

  private void handle(StreamMessageRequest message) {
    DeviceControl current = device;
    if (message.hasArbitration()) {
      if (current == null) {
        current = devices.device(message.getArbitration().getDeviceId());
        device = current;
      }
      current.arbitrate(this, message.getArbitration());
    } else if (current == null) {
      throw Status.FAILED_PRECONDITION
          .withDescription("expected a MasterArbitrationUpdate as the first message")
          .asRuntimeException();
    } else {
      current.streamMessage(this, message);
    }
  }

  private void end(StatusRuntimeException status) {
    leave();
    synchronized (this) {
      if (!ended) {
        ended = true;
        client.onError(status);
      }
    }
  }

  private void leave() {
    DeviceControl current = device;
    device = null;
    if (current != null) {
      current.leave(this);
    }
  }

  @Override
  public void onError(Throwable t) {
    leave();
  }

  @Override
  public void onCompleted() {
    leave();
    synchronized (this) {
      if (!ended) {
        ended = true;
        client.onCompleted();
      }
    }
  }

  @Override
  public void notify(MasterArbitrationUpdate update) {
    send(StreamMessageResponse.newBuilder().setArbitration(update).build());
  }

  /** Sends a message that must not be lost. */
  synchronized void send(StreamMessageResponse message) {
    if (!ended && !client.isCancelled()) {
      client.onNext(message);
    }
  }

  /** Sends a message that may be lost, unless the client does not keep up; says whether it did. */
  synchronized boolean offer(StreamMessageResponse message) {
    if (ended || client.isCancelled() || !client.isReady()) {
      return false;
    }
    client.onNext(message);
    return true;
  }
}
