package dev.scr.controlplane.session;

import com.google.protobuf.ByteString;
import dev.scr.p4runtime.P4InfoIndex;
import dev.scr.p4runtime.PipelineCookie;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.p4.v1.Entity;
import org.p4.v1.ForwardingPipelineConfig;
import org.p4.v1.GetForwardingPipelineConfigRequest;
import org.p4.v1.P4RuntimeGrpc;
import org.p4.v1.ReadRequest;
import org.p4.v1.ReadResponse;
import org.p4.v1.SetForwardingPipelineConfigRequest;
import org.p4.v1.Update;
import org.p4.v1.WriteRequest;

/**
 * A client's session with a switch. Safe for all threads; calls block for at most the deadline of
 * the options.
 *
 * <p>Every call throws a {@link SwitchFailure} where the switch does not do what is asked: {@link
 * SwitchUnreachable}, {@link SwitchRefused} or, for a write of a session that may only read, {@link
 * NotPrimary}.
 */
public final class P4RuntimeSession implements AutoCloseable {
  private static final int MAX_BATCH_UPDATES = 1000;
  private static final int MAX_BATCH_BYTES = 3 << 20;
  private static final int PUSH_DEADLINES = 4;

  private final SessionOptions options;
  private final ManagedChannel channel;
  private final Failures failures;
  private final String apiVersion;
  private final @Nullable Arbitration arbitration;
  private final Primacy withoutArbitration;

  P4RuntimeSession(
      SessionOptions options,
      ManagedChannel channel,
      String apiVersion,
      @Nullable Arbitration arbitration,
      Primacy otherwise) {
    this.options = options;
    this.channel = channel;
    this.failures = new Failures(options.target(), options.deadline());
    this.apiVersion = apiVersion;
    this.arbitration = arbitration;
    this.withoutArbitration = otherwise;
  }

  /**
   * Connects and bids for primacy. Where another client is primary the session is read-only, unless
   * the options say to take over; {@link #primacy} tells.
   *
   * @throws BadOption if the connection cannot be made as asked
   */
  public static P4RuntimeSession connect(SessionOptions options) {
    return SessionOpening.open(options, true);
  }

  /** Connects without bidding for primacy: nobody else notices. */
  public static P4RuntimeSession connectReadOnly(SessionOptions options) {
    return SessionOpening.open(options, false);
  }

  /**
   * Connects without bidding, and hears who is primary all the same. On a switch that follows older
   * rules (BMv2) such a client may be primary where there is no other, and no second one can be.
   */
  public static P4RuntimeSession connectWatching(SessionOptions options) {
    return SessionOpening.watch(options);
  }

  /** What this session may do now; another client may change it at any time. */
  public Primacy primacy() {
    return arbitration == null ? withoutArbitration : arbitration.primacy();
  }

  /** Waits until this session may write; false if it may not by then. */
  public boolean awaitPrimary(Duration limit) throws InterruptedException {
    return arbitration != null && arbitration.awaitPrimary(limit);
  }

  /**
   * Waits until primacy is no longer what it was seen to be; answers what it is then, or after that
   * time.
   */
  public Primacy awaitChange(Primacy seen, Duration limit) throws InterruptedException {
    if (arbitration != null) {
      return arbitration.awaitChange(seen, limit);
    }
    Thread.sleep(limit);
    return withoutArbitration;
  }

  /** Whether the switch still tells this session who is primary. */
  public boolean isInformed() {
    return arbitration != null && arbitration.ended().isEmpty();
  }

  /** Where it goes to. */
  public SessionOptions options() {
    return options;
  }

  /** The version of P4Runtime that the switch says it speaks; {@code 1.0.0} where it cannot say. */
  public String apiVersion() {
    return apiVersion;
  }

  /** The pipeline with the parts asked for; none if the switch has none. */
  public Optional<ForwardingPipelineConfig> pipeline(
      GetForwardingPipelineConfigRequest.ResponseType parts) {
    try {
      ForwardingPipelineConfig config =
          stub(1)
              .getForwardingPipelineConfig(
                  GetForwardingPipelineConfigRequest.newBuilder()
                      .setDeviceId(options.deviceId())
                      .setResponseType(parts)
                      .build())
              .getConfig();
      return config.equals(ForwardingPipelineConfig.getDefaultInstance())
          ? Optional.empty()
          : Optional.of(config);
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.FAILED_PRECONDITION) {
        return Optional.empty(); // BMv2's way to say so
      }
      throw failures.of("get pipeline", e);
    }
  }

  /**
   * The cookie of the switch's pipeline; none if it has no pipeline, or one that was pushed without
   * a cookie.
   */
  public Optional<PipelineCookie> cookie() {
    return pipeline(GetForwardingPipelineConfigRequest.ResponseType.COOKIE_ONLY)
        .filter(ForwardingPipelineConfig::hasCookie)
        .map(config -> new PipelineCookie(config.getCookie().getCookie()));
  }

  /**
   * Makes the switch take a pipeline (or, with VERIFY, look at it). Whoever pushes to BMv2 checks
   * the configuration with {@link dev.scr.p4runtime.Bmv2Config} first.
   *
   * @param action what to do with it; all but COMMIT
   */
  public void setPipeline(
      SetForwardingPipelineConfigRequest.Action action, P4InfoIndex info, ByteString deviceConfig) {
    ElectionId id = requirePrimary("set pipeline");
    long cookie = PipelineCookie.of(info.info(), deviceConfig).value();
    ForwardingPipelineConfig config =
        ForwardingPipelineConfig.newBuilder()
            .setP4Info(info.info())
            .setP4DeviceConfig(deviceConfig)
            .setCookie(ForwardingPipelineConfig.Cookie.newBuilder().setCookie(cookie))
            .build();
    try {
      stub(PUSH_DEADLINES)
          .setForwardingPipelineConfig(
              SetForwardingPipelineConfigRequest.newBuilder()
                  .setDeviceId(options.deviceId())
                  .setElectionId(id.wire())
                  .setAction(action)
                  .setConfig(config)
                  .build());
    } catch (StatusRuntimeException e) {
      throw failures.of("set pipeline", e);
    }
  }

  /**
   * Writes updates in as few calls as are sensible. Updates of one call may be carried out in any
   * order, so those that depend on each other go into calls of this method of their own. Updates
   * before and after one that fails are carried out, except in batches that come after it.
   *
   * @param names for messages
   */
  public void write(P4InfoIndex names, List<Update> updates) {
    for (List<Update> batch : batches(updates)) {
      WriteRequest request =
          WriteRequest.newBuilder()
              .setDeviceId(options.deviceId())
              .setElectionId(requirePrimary("write").wire())
              .addAllUpdates(batch)
              .build();
      try {
        var _ = stub(1).write(request);
      } catch (StatusRuntimeException e) {
        throw failures.ofWrite(names, batch, e);
      }
    }
  }

  /**
   * Has the switch take a packet as if it came in on its CPU port. Nothing says whether it did: a
   * switch without such a port drops it.
   */
  public void packetOut(ByteString payload) {
    var _ = requirePrimary("packet out");
    if (arbitration != null) {
      arbitration.packetOut(payload);
    }
  }

  private static List<List<Update>> batches(List<Update> updates) {
    List<List<Update>> batches = new ArrayList<>();
    List<Update> batch = new ArrayList<>();
    int bytes = 0;
    for (Update update : updates) {
      if (batch.size() == MAX_BATCH_UPDATES
          || (!batch.isEmpty() && bytes + update.getSerializedSize() > MAX_BATCH_BYTES)) {
        batches.add(batch);
        batch = new ArrayList<>();
        bytes = 0;
      }
      batch.add(update);
      bytes += update.getSerializedSize();
    }
    if (!batch.isEmpty()) {
      batches.add(batch);
    }
    return batches;
  }

  /** Reads everything that matches one of these; what an entity leaves unset matches all. */
  public List<Entity> read(List<Entity> wanted) {
    ReadRequest request =
        ReadRequest.newBuilder().setDeviceId(options.deviceId()).addAllEntities(wanted).build();
    List<Entity> found = new ArrayList<>();
    try {
      Iterator<ReadResponse> responses = stub(1).read(request);
      while (responses.hasNext()) {
        found.addAll(responses.next().getEntitiesList());
      }
    } catch (StatusRuntimeException e) {
      throw failures.of("read", e);
    }
    return found;
  }

  /** Finds out what the switch can do, by asking for things that change nothing. */
  public SwitchCapabilities capabilities() {
    Optional<ElectionId> id =
        primacy() instanceof Primacy.Primary(ElectionId mine)
            ? Optional.of(mine)
            : Optional.empty();
    return new CapabilityProbe(() -> stub(1), failures, options.deviceId()).probe(apiVersion, id);
  }

  private ElectionId requirePrimary(String call) {
    Primacy now = primacy();
    if (now instanceof Primacy.Primary(ElectionId id)) {
      return id;
    }
    String remedy = now instanceof Primacy.Backup ? "; --takeover takes its place" : "";
    throw new NotPrimary(
        options.target()
            + ": "
            + call
            + ": expected to be the primary client; found "
            + now
            + remedy,
        null);
  }

  private P4RuntimeGrpc.P4RuntimeBlockingStub stub(int deadlines) {
    return P4RuntimeGrpc.newBlockingStub(channel)
        .withDeadlineAfter(options.deadline().toNanos() * deadlines, TimeUnit.NANOSECONDS);
  }

  /** Leaves; a switch tells the other clients if this one was primary. */
  @Override
  public void close() {
    if (arbitration != null) {
      arbitration.close();
    }
    channel.shutdown();
    try {
      if (!channel.awaitTermination(1, TimeUnit.SECONDS)) {
        channel.shutdownNow();
      }
    } catch (InterruptedException _) {
      channel.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
