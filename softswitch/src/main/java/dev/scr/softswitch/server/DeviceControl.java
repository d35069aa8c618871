package dev.scr.softswitch.server;

import com.google.rpc.Code;
import dev.scr.p4runtime.BatchErrors;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.SwitchPipeline;
import dev.scr.softswitch.naming.PipelineNames;
import dev.scr.softswitch.naming.PipelineNames.TableName;
import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.program.Program;
import dev.scr.softswitch.state.TableEntry;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.p4.v1.DigestList;
import org.p4.v1.DigestListAck;
import org.p4.v1.DigestListAckError;
import org.p4.v1.Entity;
import org.p4.v1.Error;
import org.p4.v1.GetForwardingPipelineConfigRequest;
import org.p4.v1.GetForwardingPipelineConfigResponse;
import org.p4.v1.IdleTimeoutNotification;
import org.p4.v1.MasterArbitrationUpdate;
import org.p4.v1.PacketIn;
import org.p4.v1.PacketOut;
import org.p4.v1.PacketOutError;
import org.p4.v1.ReadRequest;
import org.p4.v1.SetForwardingPipelineConfigRequest;
import org.p4.v1.StreamError;
import org.p4.v1.StreamMessageRequest;
import org.p4.v1.StreamMessageResponse;
import org.p4.v1.StreamOtherError;
import org.p4.v1.Update;
import org.p4.v1.WriteRequest;

/**
 * What clients can ask of one device. Any thread may call; the control lock makes arbitration,
 * whole batches, reads and pipeline changes follow one another.
 */
final class DeviceControl implements EmbeddedSwitch.ControlPlane {

  private static final long NANOS_PER_MICRO = 1000;
  private static final long MILLION = 1_000_000;

  private final EmbeddedSwitch device;
  private final ReentrantLock control = new ReentrantLock(true);
  private final Arbitration arbitration;
  private final PipelineConfigs configs;

  // A copy for the packet path, which must not take the control lock.
  private volatile List<StreamSession> primaries = List.of();

  DeviceControl(EmbeddedSwitch device, int maxStreamsPerRole) {
    this.device = device;
    arbitration = new Arbitration(device.deviceId(), maxStreamsPerRole);
    configs = new PipelineConfigs(device);
    device.attach(this);
  }

  /** Stops listening to the device. */
  void detach() {
    device.detach(this);
  }

  private <T> T controlled(Supplier<T> work) {
    control.lock();
    try {
      return work.get();
    } finally {
      control.unlock();
    }
  }

  void arbitrate(StreamSession session, MasterArbitrationUpdate update) {
    controlled(() -> {
      arbitration.arbitrate(session, update);
      return updatePrimaries();
    });
  }

  void leave(StreamSession session) {
    controlled(() -> {
      arbitration.leave(session);
      return updatePrimaries();
    });
  }

  private List<StreamSession> updatePrimaries() {
    List<StreamSession> sessions = new ArrayList<>();
    for (Arbitration.Client client : arbitration.primaries()) {
      if (client instanceof StreamSession session) {
        sessions.add(session);
      }
    }
    primaries = List.copyOf(sessions);
    return primaries;
  }

  private void checkPrimary(String role, Optional<ElectionId> id) {
    if (!arbitration.isPrimary(role, id)) {
      throw Status.PERMISSION_DENIED
          .withDescription(
              "election id "
                  + id.map(ElectionId::toString).orElse("(none)")
                  + " is not the primary's for role \""
                  + role
                  + "\"")
          .asRuntimeException();
    }
  }

  private PipelineNames names() {
    return device
        .pipeline()
        .map(SwitchPipeline::names)
        .orElseThrow(() ->
            Status.FAILED_PRECONDITION
                .withDescription("the device has no pipeline; push one first")
                .asRuntimeException());
  }

  void write(WriteRequest request) {
    List<Error> errors = controlled(() -> writeAll(request));
    boolean failed = errors.stream().anyMatch(error -> error.getCanonicalCode() != 0);
    if (failed) {
      throw BatchErrors.encode(errors);
    }
  }

  private List<Error> writeAll(WriteRequest request) {
    checkPrimary(
        request.getRole(), ElectionId.of(request.hasElectionId(), request.getElectionId()));
    PipelineNames names = names();
    if (request.getAtomicity() != WriteRequest.Atomicity.CONTINUE_ON_ERROR) {
      throw Status.UNIMPLEMENTED
          .withDescription("atomicity other than CONTINUE_ON_ERROR is not implemented")
          .asRuntimeException();
    }
    List<Error> errors = new ArrayList<>(request.getUpdatesCount());
    for (Update update : request.getUpdatesList()) {
      errors.add(device.locked(() -> write(names, update)));
    }
    return errors;
  }

  private Error write(PipelineNames names, Update update) {
    try {
      new Entities(device, names, configs.digests(names)).write(update);
      return BatchErrors.ok();
    } catch (RuntimeException e) {
      return Rejected.toError(e);
    }
  }

  /** What a read found, and one error for each of its entities; none are OK if all are. */
  record ReadResult(List<Entity> entities, List<Error> errors) {

    boolean failed() {
      return errors.stream().anyMatch(error -> error.getCanonicalCode() != 0);
    }
  }

  ReadResult read(ReadRequest request) {
    return controlled(() -> {
      PipelineNames names = names();
      return device.locked(() -> read(names, request));
    });
  }

  private ReadResult read(PipelineNames names, ReadRequest request) {
    List<Entity> found = new ArrayList<>();
    List<Error> errors = new ArrayList<>();
    Entities entities = new Entities(device, names, configs.digests(names));
    for (Entity filter : request.getEntitiesList()) {
      try {
        entities.read(filter, found::add);
        errors.add(BatchErrors.ok());
      } catch (RuntimeException e) {
        errors.add(Rejected.toError(e));
      }
    }
    return new ReadResult(found, errors);
  }

  void setPipeline(SetForwardingPipelineConfigRequest request) {
    controlled(() -> {
      checkPrimary(
          request.getRole(), ElectionId.of(request.hasElectionId(), request.getElectionId()));
      configs.set(request);
      return this;
    });
  }

  GetForwardingPipelineConfigResponse getPipeline(GetForwardingPipelineConfigRequest request) {
    return controlled(() -> configs.get(request));
  }

  void streamMessage(StreamSession session, StreamMessageRequest message) {
    try {
      switch (message.getUpdateCase()) {
        case PACKET -> packetOut(session, message.getPacket());
        case DIGEST_ACK -> acknowledge(session, message.getDigestAck());
        case OTHER -> throw Rejected.unimplemented("other");
        case ARBITRATION, UPDATE_NOT_SET -> throw Rejected.invalid("expected a message");
      }
    } catch (RuntimeException e) {
      session.offer(error(message, e));
    }
  }

  /** Stream errors help to debug; they get lost if the client does not keep up. */
  private static StreamMessageResponse error(StreamMessageRequest message, RuntimeException e) {
    Error problem = Rejected.toError(e);
    StreamError.Builder error =
        StreamError.newBuilder()
            .setCanonicalCode(problem.getCanonicalCode())
            .setMessage(problem.getMessage());
    switch (message.getUpdateCase()) {
      case PACKET ->
          error.setPacketOut(
              PacketOutError.newBuilder()
                  .setPacketOut(
                      PacketOut.newBuilder()
                          .addAllMetadata(message.getPacket().getMetadataList())));
      case DIGEST_ACK ->
          error.setDigestListAck(
              DigestListAckError.newBuilder().setDigestListAck(message.getDigestAck()));
      default -> error.setOther(StreamOtherError.getDefaultInstance());
    }
    return StreamMessageResponse.newBuilder().setError(error).build();
  }

  private void packetOut(StreamSession session, PacketOut packet) {
    requirePrimary(session, "packet_out");
    if (device.options().cpuPort().isEmpty()) {
      throw new Rejected(Code.FAILED_PRECONDITION, "packet_out: the device has no CPU port");
    }
    device.packetOut(PacketIo.frame(names().packetOut(), packet));
  }

  private void requirePrimary(StreamSession session, String what) {
    if (!primaries.contains(session)) {
      throw new Rejected(Code.PERMISSION_DENIED, what + ": the client is not primary");
    }
  }

  private void acknowledge(StreamSession session, DigestListAck ack) {
    requirePrimary(session, "digest_ack");
    PipelineNames names = names();
    device.locked(() -> {
      configs.digests(names).acknowledge(ack);
      return null;
    });
  }

  @Override
  public void packetIn(byte[] bytes, int offset, int length) {
    Optional<SwitchPipeline> running = device.pipeline();
    Optional<PacketIn> packet =
        running.flatMap(
            pipeline -> PacketIo.packetIn(pipeline.names().packetIn(), bytes, offset, length));
    packet.ifPresent(
        message -> broadcast(StreamMessageResponse.newBuilder().setPacket(message).build()));
  }

  private void broadcast(StreamMessageResponse message) {
    boolean taken = false;
    for (StreamSession session : primaries) {
      taken |= session.offer(message);
    }
    if (!taken) {
      device.count(Event.PACKET_IN_LOST);
    }
  }

  @Override
  public void digest(Program.LearnList list, Packet packet) {
    Optional<SwitchPipeline> running = device.pipeline();
    running.ifPresent(pipeline ->
        configs
            .digests(pipeline.names())
            .collect(list, packet, System.nanoTime(), this::sendDigest));
  }

  private void sendDigest(DigestList list) {
    broadcast(StreamMessageResponse.newBuilder().setDigest(list).build());
  }

  /** Sends what is due: digests that have waited, entries that were idle. Call now and then. */
  void tick() {
    device.locked(() -> {
      device
          .pipeline()
          .ifPresent(pipeline -> {
            configs.digests(pipeline.names()).tick(System.nanoTime(), this::sendDigest);
            sendIdle(pipeline.names());
          });
      return null;
    });
  }

  private void sendIdle(PipelineNames names) {
    long now = device.nowMicros();
    TableReads reads = new Entities(device, names, configs.digests(names)).tableReads(_ -> {});
    for (TableName table : names.tables().values()) {
      if (!table.state().supportTimeout()) {
        continue;
      }
      IdleTimeoutNotification.Builder idle = IdleTimeoutNotification.newBuilder();
      for (TableEntry entry : table.state().table().entries()) {
        long elapsed = (now - entry.lastHitMicros) * NANOS_PER_MICRO;
        if (entry.idleTimeoutNs > 0 && elapsed >= entry.idleTimeoutNs) {
          idle.addTableEntry(reads.idle(table, entry));
          entry.lastHitMicros = now;
        }
      }
      if (idle.getTableEntryCount() > 0) {
        idle.setTimestamp(System.currentTimeMillis() * MILLION);
        broadcast(StreamMessageResponse.newBuilder().setIdleTimeoutNotification(idle).build());
      }
    }
  }
}
