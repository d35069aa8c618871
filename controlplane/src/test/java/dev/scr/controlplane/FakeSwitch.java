package dev.scr.controlplane;

import com.google.rpc.Code;
import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.p4runtime.BatchErrors;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.p4.v1.CapabilitiesRequest;
import org.p4.v1.CapabilitiesResponse;
import org.p4.v1.CounterData;
import org.p4.v1.CounterEntry;
import org.p4.v1.DirectCounterEntry;
import org.p4.v1.Entity;
import org.p4.v1.Error;
import org.p4.v1.ForwardingPipelineConfig;
import org.p4.v1.GetForwardingPipelineConfigRequest;
import org.p4.v1.GetForwardingPipelineConfigResponse;
import org.p4.v1.P4RuntimeGrpc;
import org.p4.v1.ReadRequest;
import org.p4.v1.ReadResponse;
import org.p4.v1.SetForwardingPipelineConfigRequest;
import org.p4.v1.SetForwardingPipelineConfigResponse;
import org.p4.v1.StreamMessageRequest;
import org.p4.v1.StreamMessageResponse;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;
import org.p4.v1.WriteRequest;
import org.p4.v1.WriteResponse;

/**
 * A P4Runtime server without a data plane, which can be told to be as odd as real ones are. It
 * keeps table entries, and its counters count nothing.
 */
public final class FakeSwitch extends P4RuntimeGrpc.P4RuntimeImplBase implements TestSwitch {

  /** Ways to differ from the specification. */
  public enum Quirk {
    /** As BMv2: the next client is primary when the primary leaves. */
    PROMOTES_BACKUPS,
    /** As BMv2: FAILED_PRECONDITION where there is no pipeline. */
    PIPELINE_PRECONDITION,
    NO_CAPABILITIES,
    /** As BMv2 after a bad JSON. */
    WEDGED,
    /** Takes calls and does not answer them. */
    SILENT
  }

  private final Set<Quirk> quirks;
  private final FakeElection election;
  private final Server server;
  private final Map<TableEntry, TableEntry> entries = new LinkedHashMap<>();
  private ForwardingPipelineConfig pipeline = ForwardingPipelineConfig.getDefaultInstance();

  /** Every update that was asked for, batch by batch. */
  public final List<List<Update>> writes = new CopyOnWriteArrayList<>();

  /** Every pipeline action that was asked for. */
  public final List<SetForwardingPipelineConfigRequest.Action> pushes =
      new CopyOnWriteArrayList<>();

  private FakeSwitch(Set<Quirk> quirks, ServerCredentials credentials) {
    this.quirks = quirks;
    this.election = new FakeElection(quirks.contains(Quirk.PROMOTES_BACKUPS));
    this.server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), credentials)
            .addService(this)
            .build();
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static FakeSwitch start(Quirk... quirks) {
    Set<Quirk> set = EnumSet.noneOf(Quirk.class);
    set.addAll(List.of(quirks));
    return new FakeSwitch(set, InsecureServerCredentials.create());
  }

  /**
   * Starts one with TLS, which asks for a certificate that {@code clients} have signed, if there is
   * such a file.
   */
  public static FakeSwitch startTls(Path certificate, Path key, Optional<Path> clients)
      throws IOException {
    TlsServerCredentials.Builder tls =
        TlsServerCredentials.newBuilder().keyManager(certificate.toFile(), key.toFile());
    if (clients.isPresent()) {
      tls.trustManager(clients.get().toFile()).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
    }
    return new FakeSwitch(EnumSet.noneOf(Quirk.class), tls.build());
  }

  @Override
  public SwitchAddress address() {
    return new SwitchAddress("127.0.0.1", server.getPort());
  }

  /** Ends all streams, as a switch that is shut down. */
  public void endStreams() {
    election.closeAll();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  @Override
  public void capabilities(
      CapabilitiesRequest request, StreamObserver<CapabilitiesResponse> response) {
    if (quirks.contains(Quirk.NO_CAPABILITIES)) {
      response.onError(Status.UNIMPLEMENTED.asRuntimeException());
    } else if (!quirks.contains(Quirk.SILENT)) {
      answer(response, CapabilitiesResponse.newBuilder().setP4RuntimeApiVersion("1.5.0").build());
    }
  }

  @Override
  public StreamObserver<StreamMessageRequest> streamChannel(
      StreamObserver<StreamMessageResponse> responses) {
    FakeElection.Client client = election.new Client(responses);
    election.add(client);
    return client;
  }

  @Override
  public synchronized void setForwardingPipelineConfig(
      SetForwardingPipelineConfigRequest request,
      StreamObserver<SetForwardingPipelineConfigResponse> response) {
    pushes.add(request.getAction());
    if (!election.isPrimary(request.getElectionId())) {
      response.onError(
          Status.PERMISSION_DENIED.withDescription("Not primary").asRuntimeException());
    } else if (quirks.contains(Quirk.WEDGED)) {
      response.onError(
          Status.UNKNOWN
              .withDescription("Error in first phase of device update")
              .asRuntimeException());
    } else {
      if (request.getAction() != SetForwardingPipelineConfigRequest.Action.VERIFY) {
        pipeline = request.getConfig();
        entries.clear();
      }
      answer(response, SetForwardingPipelineConfigResponse.getDefaultInstance());
    }
  }

  @Override
  public synchronized void getForwardingPipelineConfig(
      GetForwardingPipelineConfigRequest request,
      StreamObserver<GetForwardingPipelineConfigResponse> response) {
    if (!hasPipeline() && quirks.contains(Quirk.PIPELINE_PRECONDITION)) {
      response.onError(Status.FAILED_PRECONDITION.asRuntimeException());
      return;
    }
    ForwardingPipelineConfig.Builder config = ForwardingPipelineConfig.newBuilder();
    if (pipeline.hasCookie()) {
      config.setCookie(pipeline.getCookie());
    }
    if (hasPipeline()
        && request.getResponseType()
            != GetForwardingPipelineConfigRequest.ResponseType.COOKIE_ONLY) {
      config.setP4Info(pipeline.getP4Info());
    }
    answer(response, GetForwardingPipelineConfigResponse.newBuilder().setConfig(config).build());
  }

  @Override
  public synchronized void write(WriteRequest request, StreamObserver<WriteResponse> response) {
    if (!election.isPrimary(request.getElectionId())) {
      response.onError(
          Status.PERMISSION_DENIED.withDescription("Not primary").asRuntimeException());
      return;
    }
    writes.add(request.getUpdatesList());
    List<Error> errors = request.getUpdatesList().stream().map(this::apply).toList();
    if (errors.stream().allMatch(error -> error.getCanonicalCode() == Code.OK_VALUE)) {
      answer(response, WriteResponse.getDefaultInstance());
    } else {
      response.onError(BatchErrors.encode(errors));
    }
  }

  private Error apply(Update update) {
    TableEntry entry = update.getEntity().getTableEntry();
    TableEntry key = entry.toBuilder().clearAction().build();
    boolean exists = entries.containsKey(key);
    if (update.getType() == Update.Type.INSERT && exists) {
      return BatchErrors.error(Code.ALREADY_EXISTS, "Match entry exists");
    }
    if (update.getType() != Update.Type.INSERT && !exists && !entry.getIsDefaultAction()) {
      return BatchErrors.error(Code.NOT_FOUND, "Cannot find match entry");
    }
    if (update.getType() == Update.Type.DELETE) {
      entries.remove(key);
    } else {
      entries.put(key, entry);
    }
    return BatchErrors.ok();
  }

  @Override
  public synchronized void read(ReadRequest request, StreamObserver<ReadResponse> response) {
    try {
      if (!hasPipeline()) {
        throw Status.FAILED_PRECONDITION
            .withDescription("No forwarding pipeline")
            .asRuntimeException();
      }
      for (Entity wanted : request.getEntitiesList()) {
        // One entity a response: a client has to read on to the end.
        find(wanted)
            .forEach(e -> response.onNext(ReadResponse.newBuilder().addEntities(e).build()));
      }
      response.onCompleted();
    } catch (StatusRuntimeException e) {
      response.onError(e);
    }
  }

  private List<Entity> find(Entity wanted) {
    return switch (wanted.getEntityCase()) {
      case TABLE_ENTRY -> tableEntries(wanted.getTableEntry());
      case COUNTER_ENTRY -> {
        CounterEntry counter =
            wanted.getCounterEntry().toBuilder().setData(CounterData.getDefaultInstance()).build();
        yield List.of(Entity.newBuilder().setCounterEntry(counter).build());
      }
      case DIRECT_COUNTER_ENTRY ->
          tableEntries(wanted.getDirectCounterEntry().getTableEntry()).stream()
              .map(e -> DirectCounterEntry.newBuilder().setTableEntry(e.getTableEntry()))
              .map(c -> Entity.newBuilder().setDirectCounterEntry(c).build())
              .toList();
      default ->
          throw BatchErrors.encode(
              List.of(BatchErrors.error(Code.UNIMPLEMENTED, "not supported yet")));
    };
  }

  private List<Entity> tableEntries(TableEntry wanted) {
    List<Entity> found = new ArrayList<>();
    for (TableEntry entry : entries.values()) {
      if (entry.getTableId() == wanted.getTableId()
          && entry.getIsDefaultAction() == wanted.getIsDefaultAction()) {
        found.add(Entity.newBuilder().setTableEntry(entry).build());
      }
    }
    return found;
  }

  private boolean hasPipeline() {
    return pipeline.hasP4Info();
  }

  private static <T> void answer(StreamObserver<T> response, T message) {
    response.onNext(message);
    response.onCompleted();
  }
}
