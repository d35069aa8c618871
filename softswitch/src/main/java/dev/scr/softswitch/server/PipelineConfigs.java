package dev.scr.softswitch.server;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.SwitchPipeline;
import dev.scr.softswitch.json.PipelineException;
import dev.scr.softswitch.naming.PipelineNames;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p4.v1.ActionProfileGroup;
import org.p4.v1.ActionProfileMember;
import org.p4.v1.CounterData;
import org.p4.v1.DigestEntry;
import org.p4.v1.Entity;
import org.p4.v1.Error;
import org.p4.v1.ForwardingPipelineConfig;
import org.p4.v1.GetForwardingPipelineConfigRequest;
import org.p4.v1.GetForwardingPipelineConfigResponse;
import org.p4.v1.MeterConfig;
import org.p4.v1.MeterEntry;
import org.p4.v1.SetForwardingPipelineConfigRequest;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;
import org.p4.v1.ValueSetEntry;

/**
 * The pipeline configuration of a device: what was pushed, what was saved for later.
 *
 * <p>Guarded by the device's control lock. After a save, writes still go to the running pipeline:
 * the saved one starts with fresh state when it is committed.
 */
final class PipelineConfigs {

  private final EmbeddedSwitch device;
  private @Nullable ForwardingPipelineConfig pushed;
  private @Nullable SwitchPipeline pushedPipeline;
  private @Nullable ForwardingPipelineConfig saved;
  private DigestQueues digests = new DigestQueues(PipelineNames.none());

  PipelineConfigs(EmbeddedSwitch device) {
    this.device = device;
  }

  /** The digests of the running pipeline, whose names these are. Under the switch's lock only. */
  @SuppressWarnings("ReferenceEquality") // of one pipeline, not one that looks the same
  DigestQueues digests(PipelineNames names) {
    if (digests.names() != names) {
      digests = new DigestQueues(names);
    }
    return digests;
  }

  void set(SetForwardingPipelineConfigRequest request) {
    switch (request.getAction()) {
      case VERIFY -> load(config(request));
      case VERIFY_AND_SAVE -> {
        load(config(request));
        saved = config(request);
      }
      case VERIFY_AND_COMMIT -> {
        commit(config(request), load(config(request)));
        saved = null;
      }
      case COMMIT -> {
        if (request.hasConfig()) {
          throw invalid("COMMIT: expected no config");
        }
        ForwardingPipelineConfig config = saved;
        if (config == null) {
          throw Status.NOT_FOUND
              .withDescription("COMMIT: no config was saved; use VERIFY_AND_SAVE first")
              .asRuntimeException();
        }
        commit(config, load(config));
        saved = null;
      }
      case RECONCILE_AND_COMMIT -> {
        reconcile(config(request), load(config(request)));
        saved = null;
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw invalid("expected an action");
    }
  }

  private static StatusRuntimeException invalid(String problem) {
    return Status.INVALID_ARGUMENT.withDescription(problem).asRuntimeException();
  }

  private static ForwardingPipelineConfig config(SetForwardingPipelineConfigRequest request) {
    if (!request.hasConfig()) {
      throw invalid(request.getAction() + ": expected a config");
    }
    return request.getConfig();
  }

  private SwitchPipeline load(ForwardingPipelineConfig config) {
    try {
      return SwitchPipeline.load(
          "p4_device_config",
          config.getP4DeviceConfig().toByteArray(),
          config.getP4Info(),
          device.options());
    } catch (PipelineException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private void commit(ForwardingPipelineConfig config, SwitchPipeline pipeline) {
    device.locked(() -> {
      device.loadPipeline(pipeline);
      installed(config, pipeline);
      return null;
    });
  }

  private void installed(ForwardingPipelineConfig config, SwitchPipeline pipeline) {
    pushed = config;
    pushedPipeline = pipeline;
  }

  /** Replays what was written to the old pipeline into the new one; all of it or nothing. */
  private void reconcile(ForwardingPipelineConfig config, SwitchPipeline pipeline) {
    device.locked(() -> {
      List<Entity> state = forwardingState();
      DigestQueues fresh = new DigestQueues(pipeline.names());
      Entities target = new Entities(device, pipeline.names(), fresh);
      for (Entity entity : state) {
        replay(target, entity);
      }
      device.replacePipeline(pipeline);
      installed(config, pipeline);
      digests = fresh;
      return null;
    });
  }

  private List<Entity> forwardingState() {
    Optional<SwitchPipeline> running = device.pipeline();
    List<Entity> state = new ArrayList<>();
    if (running.isEmpty()) {
      return state;
    }
    PipelineNames names = running.get().names();
    Entities source = new Entities(device, names, digests(names));
    for (Entity filter : RECONCILED) {
      source.read(filter, state::add);
    }
    return state;
  }

  /** What survives: members before groups before entries; counters and registers do not. */
  private static final List<Entity> RECONCILED =
      List.of(
          Entity.newBuilder()
              .setActionProfileMember(ActionProfileMember.getDefaultInstance())
              .build(),
          Entity.newBuilder()
              .setActionProfileGroup(ActionProfileGroup.getDefaultInstance())
              .build(),
          Entity.newBuilder()
              .setTableEntry(
                  TableEntry.newBuilder()
                      .setMeterConfig(MeterConfig.getDefaultInstance())
                      .setCounterData(CounterData.getDefaultInstance()))
              .build(),
          Entity.newBuilder()
              .setTableEntry(TableEntry.newBuilder().setIsDefaultAction(true))
              .build(),
          Entity.newBuilder().setMeterEntry(MeterEntry.getDefaultInstance()).build(),
          Entity.newBuilder().setValueSetEntry(ValueSetEntry.getDefaultInstance()).build(),
          Entity.newBuilder().setDigestEntry(DigestEntry.getDefaultInstance()).build());

  private static void replay(Entities target, Entity entity) {
    TableEntry entry = entity.getTableEntry();
    if (entity.hasTableEntry() && (entry.getIsConst() || !entry.hasAction())) {
      return;
    }
    boolean modify =
        entry.getIsDefaultAction() || entity.hasMeterEntry() || entity.hasValueSetEntry();
    Update update =
        Update.newBuilder()
            .setType(modify ? Update.Type.MODIFY : Update.Type.INSERT)
            .setEntity(entity)
            .build();
    try {
      target.write(update);
    } catch (RuntimeException e) {
      Error error = Rejected.toError(e);
      if (error.getCanonicalCode() == Code.INTERNAL_VALUE) {
        throw e;
      }
      throw invalid(
          "RECONCILE_AND_COMMIT: the new pipeline cannot take over the state of the old one: "
              + error.getMessage());
    }
  }

  GetForwardingPipelineConfigResponse get(GetForwardingPipelineConfigRequest request) {
    Optional<SwitchPipeline> running = device.pipeline();
    if (running.isEmpty()) {
      return GetForwardingPipelineConfigResponse.getDefaultInstance();
    }
    ForwardingPipelineConfig whole =
        pushed != null && running.get() == pushedPipeline ? pushed : describe(running.get());
    ForwardingPipelineConfig.Builder config = ForwardingPipelineConfig.newBuilder();
    if (whole.hasCookie()) {
      config.setCookie(whole.getCookie());
    }
    switch (request.getResponseType()) {
      case ALL -> config.setP4Info(whole.getP4Info()).setP4DeviceConfig(whole.getP4DeviceConfig());
      case P4INFO_AND_COOKIE -> config.setP4Info(whole.getP4Info());
      case DEVICE_CONFIG_AND_COOKIE -> config.setP4DeviceConfig(whole.getP4DeviceConfig());
      case COOKIE_ONLY -> {}
      case UNRECOGNIZED -> throw invalid("expected a known response_type");
    }
    return GetForwardingPipelineConfigResponse.newBuilder().setConfig(config).build();
  }

  /** A pipeline that was loaded in this process and not pushed: it has no cookie. */
  private static ForwardingPipelineConfig describe(SwitchPipeline pipeline) {
    return ForwardingPipelineConfig.newBuilder()
        .setP4Info(pipeline.names().info())
        .setP4DeviceConfig(ByteString.copyFrom(pipeline.json()))
        .build();
  }
}
