package dev.scr.controlplane;

import com.google.rpc.Code;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.p4.v1.MasterArbitrationUpdate;
import org.p4.v1.StreamMessageRequest;
import org.p4.v1.StreamMessageResponse;
import org.p4.v1.Uint128;

/** Who is primary, by the book or as BMv2 does it. All access under its own monitor. */
final class FakeElection {
  private final boolean promotesBackups;
  private final List<Client> clients = new ArrayList<>();
  private Optional<Uint128> highest = Optional.empty();

  /**
   * Nobody is primary yet.
   *
   * @param promotesBackups BMv2's way: when the primary leaves the next one is primary, and the
   *     highest id is forgotten
   */
  FakeElection(boolean promotesBackups) {
    this.promotesBackups = promotesBackups;
  }

  synchronized boolean isPrimary(Uint128 id) {
    return primary().filter(client -> client.id.equals(Optional.of(id))).isPresent();
  }

  synchronized void add(Client client) {
    clients.add(client);
  }

  /** Ends every stream as a switch does that goes down in good order. */
  synchronized void closeAll() {
    List.copyOf(clients)
        .forEach(client -> client.responses.onError(Status.UNAVAILABLE.asRuntimeException()));
    clients.clear();
  }

  private Optional<Client> primary() {
    if (promotesBackups) {
      return clients.stream()
          .filter(client -> client.id.isPresent())
          .max((a, b) -> compare(a.id.orElseThrow(), b.id.orElseThrow()));
    }
    return clients.stream()
        .filter(client -> client.id.isPresent() && client.id.equals(highest))
        .findFirst();
  }

  private synchronized void bid(Client client, Uint128 id) {
    boolean taken =
        clients.stream().anyMatch(c -> !c.equals(client) && c.id.equals(Optional.of(id)));
    if (taken) {
      clients.remove(client);
      client.responses.onError(
          Status.INVALID_ARGUMENT
              .withDescription("Election id already exists")
              .asRuntimeException());
      return;
    }
    client.id = Optional.of(id);
    if (highest.isEmpty() || compare(id, highest.get()) >= 0) {
      highest = Optional.of(id);
      clients.forEach(this::tell);
    } else {
      tell(client);
    }
  }

  private synchronized void leave(Client client) {
    boolean wasPrimary = primary().filter(client::equals).isPresent();
    clients.remove(client);
    if (wasPrimary) {
      clients.forEach(this::tell);
    }
  }

  private void tell(Client client) {
    Optional<Client> primary = primary();
    MasterArbitrationUpdate.Builder message = MasterArbitrationUpdate.newBuilder().setDeviceId(1);
    (promotesBackups ? primary.flatMap(p -> p.id) : highest).ifPresent(message::setElectionId);
    int code =
        primary.isEmpty()
            ? Code.NOT_FOUND_VALUE
            : primary.get().equals(client) ? Code.OK_VALUE : Code.ALREADY_EXISTS_VALUE;
    message.setStatus(com.google.rpc.Status.newBuilder().setCode(code));
    client.responses.onNext(StreamMessageResponse.newBuilder().setArbitration(message).build());
  }

  private static int compare(Uint128 a, Uint128 b) {
    int high = Long.compareUnsigned(a.getHigh(), b.getHigh());
    return high != 0 ? high : Long.compareUnsigned(a.getLow(), b.getLow());
  }

  /** One StreamChannel. */
  final class Client implements StreamObserver<StreamMessageRequest> {
    private final StreamObserver<StreamMessageResponse> responses;
    private Optional<Uint128> id = Optional.empty();

    Client(StreamObserver<StreamMessageResponse> responses) {
      this.responses = responses;
    }

    @Override
    public void onNext(StreamMessageRequest request) {
      bid(this, request.getArbitration().getElectionId());
    }

    @Override
    public void onError(Throwable t) {
      leave(this);
    }

    @Override
    public void onCompleted() {
      leave(this);
      responses.onCompleted();
    }
  }
}
