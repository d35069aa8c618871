package dev.scr.controlplane.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.p4.v1.MasterArbitrationUpdate;
import org.p4.v1.P4RuntimeGrpc;
import org.p4.v1.PacketOut;
import org.p4.v1.StreamMessageRequest;
import org.p4.v1.StreamMessageResponse;

/**
 * One StreamChannel and the question of who is primary on it. Safe for all threads: gRPC's threads
 * bring the messages, the session's threads wait and look.
 */
final class Arbitration implements StreamObserver<StreamMessageResponse> {
  /** Two clients that both want to take over would outbid each other for ever. */
  private static final int MAX_BIDS = 8;

  private final SessionOptions options;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private Primacy primacy = new Primacy.Pending();

  /** What we have bid; of a client that only watches, what it has not. */
  @GuardedBy("lock")
  private ElectionId bid;

  @GuardedBy("lock")
  private ElectionId highest;

  private final boolean watching;
  private final int spread;

  @GuardedBy("lock")
  private int bids;

  /** Whether the first question is answered; from then on a bid needs {@code failOver}. */
  @GuardedBy("lock")
  private boolean settled;

  @GuardedBy("lock")
  private @Nullable Status ended;

  @GuardedBy("lock")
  private @Nullable StreamObserver<StreamMessageRequest> requests;

  private Arbitration(SessionOptions options, ElectionId firstBid, boolean watching) {
    this.options = options;
    this.bid = firstBid;
    this.highest = firstBid;
    this.watching = watching;
    this.spread = firstBid.scattered();
  }

  /** Opens the stream and makes the first bid; does not wait. */
  static Arbitration start(
      P4RuntimeGrpc.P4RuntimeStub stub, SessionOptions options, ElectionId firstBid) {
    return new Arbitration(options, firstBid, false).open(stub);
  }

  /** Opens the stream without ever bidding; does not wait. */
  static Arbitration watch(P4RuntimeGrpc.P4RuntimeStub stub, SessionOptions options) {
    return new Arbitration(options, ElectionId.FIRST, true).open(stub);
  }

  private Arbitration open(P4RuntimeGrpc.P4RuntimeStub stub) {
    lock.lock();
    try {
      requests = stub.streamChannel(this);
      send(bid);
    } finally {
      lock.unlock();
    }
    return this;
  }

  Primacy primacy() {
    lock.lock();
    try {
      return primacy;
    } finally {
      lock.unlock();
    }
  }

  /** Why the stream has ended, if it has. */
  Optional<Status> ended() {
    lock.lock();
    try {
      return Optional.ofNullable(ended);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the answer to the first question, or the end of the stream; false if neither came in
   * time.
   */
  boolean awaitSettled(Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    lock.lock();
    try {
      while (!settled && ended == null && left > 0) {
        left = changed.awaitNanos(left);
      }
      return settled || ended != null;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until we may write; false if that did not happen in time or cannot happen any more. */
  boolean awaitPrimary(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    lock.lock();
    try {
      while (!primacy.mayWrite() && ended == null) {
        if (!changed.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          break;
        }
      }
      return primacy.mayWrite();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until primacy is no longer what it was seen to be; answers what it is then. */
  Primacy awaitChange(Primacy seen, Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    lock.lock();
    try {
      while (primacy.equals(seen) && left > 0) {
        left = changed.awaitNanos(left);
      }
      return primacy;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onNext(StreamMessageResponse message) {
    if (!message.hasArbitration()) {
      return; // packets and digests: nobody here asks for them yet
    }
    lock.lock();
    try {
      MasterArbitrationUpdate said = message.getArbitration();
      if (watching) {
        primacy = Primacy.watching(said);
        settled = true;
      } else {
        follow(said);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void follow(MasterArbitrationUpdate said) {
    primacy = Primacy.of(bid, said);
    if (said.hasElectionId()) {
      highest = highest.max(ElectionId.of(said.getElectionId()));
    }
    Optional<ElectionId> next = bids < MAX_BIDS ? nextBid() : Optional.empty();
    if (next.isPresent()) {
      if (primacy.mayWrite()) {
        primacy = new Primacy.Pending(); // until the switch knows us by the id that we write with
      }
      send(next.get());
    } else {
      settled = true;
      bids = 0;
    }
  }

  @GuardedBy("lock")
  private Optional<ElectionId> nextBid() {
    boolean takeover = options.takeover() && !settled;
    if (options.failOver()) {
      Optional<ElectionId> standing = primacy.standingBid(bid, highest, spread);
      return standing.isPresent() || !takeover ? standing : primacy.nextBid(bid, true);
    }
    return settled ? Optional.empty() : primacy.nextBid(bid, takeover);
  }

  @Override
  public void onError(Throwable t) {
    end(Status.fromThrowable(t));
  }

  @Override
  public void onCompleted() {
    end(Status.UNAVAILABLE.withDescription("the switch has closed the stream"));
  }

  /**
   * Has the switch take a packet as if it came in on its CPU port; lost if the stream has ended.
   */
  void packetOut(ByteString payload) {
    lock.lock();
    try {
      if (requests != null) {
        requests.onNext(
            StreamMessageRequest.newBuilder()
                .setPacket(PacketOut.newBuilder().setPayload(payload))
                .build());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends the stream in good order; the switch tells the other clients. */
  void close() {
    lock.lock();
    try {
      if (requests != null && ended == null) {
        requests.onCompleted();
        requests = null;
      }
    } finally {
      lock.unlock();
    }
  }

  private void end(Status status) {
    lock.lock();
    try {
      ended = status;
      requests = null;
      primacy = new Primacy.Bystander("the connection has ended: " + text(status));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void send(ElectionId id) {
    if (requests == null) {
      return;
    }
    bid = id;
    bids++;
    MasterArbitrationUpdate.Builder update =
        MasterArbitrationUpdate.newBuilder().setDeviceId(options.deviceId());
    if (!watching) {
      update.setElectionId(id.wire());
    }
    requests.onNext(StreamMessageRequest.newBuilder().setArbitration(update).build());
  }

  private static String text(Status status) {
    return status.getCode()
        + (status.getDescription() == null ? "" : " (" + status.getDescription() + ")");
  }
}
