package dev.scr.cli;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.session.ElectionId;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.Primacy;
import dev.scr.controlplane.session.Security;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.controlplane.session.SwitchAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "ctl",
    mixinStandardHelpOptions = true,
    description = {
      "Control a sequencer by P4Runtime: BMv2, the embedded switch, or any other switch that runs it.",
      "A change bumps the epoch; the sequencer follows between two packets, and no replica notices."
    },
    subcommands = {
      CtlPipelineCommand.class,
      CtlProgramCommand.class,
      CtlDepthCommand.class,
      CtlWorkersCommand.class,
      CtlPortsCommand.class,
      CtlStatusCommand.class,
      CtlCountersCommand.class,
      CtlCommandCommand.class,
      CtlPlanCommand.class,
      CtlApplyCommand.class,
      CtlWatchCommand.class,
      CtlServeCommand.class,
      CtlCapabilitiesCommand.class
    })
final class CtlCommand implements Callable<Integer> {
  @Option(
      names = "--target",
      paramLabel = "HOST:PORT",
      description = "Where the switch serves P4Runtime (default: 127.0.0.1:9559).")
  private @Nullable String target;

  @Option(
      names = "--device-id",
      paramLabel = "N",
      description = "Which device behind that address (default: ${DEFAULT-VALUE}).")
  private long deviceId = 1;

  @Option(
      names = "--election-id",
      paramLabel = "N",
      description = "The bid for primacy (default: 1).")
  private @Nullable String electionId;

  @Option(
      names = "--takeover",
      description = "Outbid a controller that is primary; otherwise its switch is only read.")
  private boolean takeover;

  @Option(
      names = "--deadline",
      paramLabel = "SECONDS",
      description = "Longest time for one call (default: ${DEFAULT-VALUE}).")
  private int deadlineSeconds = 15;

  @Option(
      names = "--tls-ca",
      paramLabel = "PEM",
      description = "Use TLS and trust this certificate authority.")
  private @Nullable Path tlsCa;

  @Option(
      names = "--tls-cert",
      paramLabel = "PEM",
      description = "With --tls-key: the certificate to show the switch (mutual TLS).")
  private @Nullable Path tlsCert;

  @Option(names = "--tls-key", paramLabel = "PEM", description = "The certificate's private key.")
  private @Nullable Path tlsKey;

  @Option(
      names = "--tls-name",
      paramLabel = "NAME",
      description = "The name in the switch's certificate, if it is not the target's host.")
  private @Nullable String tlsName;

  @Option(
      names = "--plaintext",
      description = "No TLS even to another machine: anybody on the way can read and change.")
  private boolean plaintext;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.BAD_INPUT.number();
  }

  /** Runs something that only reads. */
  <T> T reading(Function<SequencerController, T> work) {
    try (P4RuntimeSession session = P4RuntimeSession.connectReadOnly(options())) {
      return work.apply(new SequencerController(session));
    }
  }

  /** Runs something with a session that only reads, for what is not about a sequencer. */
  <T> T inspecting(Function<P4RuntimeSession, T> work) {
    try (P4RuntimeSession session = P4RuntimeSession.connectReadOnly(options())) {
      return work.apply(session);
    }
  }

  /** Runs something that changes the switch, as its primary controller. */
  <T> T changing(Function<SequencerController, T> work) {
    try (P4RuntimeSession session = P4RuntimeSession.connect(options())) {
      return work.apply(new SequencerController(session));
    }
  }

  /** Where the switch is, for messages. */
  String targetName() {
    return options().target().toString();
  }

  /** Whether the user has chosen an election id. */
  boolean hasElectionId() {
    return electionId != null;
  }

  /** Where to connect to, and as whom. */
  SessionOptions options() {
    if (deadlineSeconds < 1) {
      throw CommandFailure.badInput("--deadline: expected 1 or more; found " + deadlineSeconds);
    }
    return SessionOptions.of(target == null ? SwitchAddress.LOCAL : SwitchAddress.parse(target))
        .withDeviceId(deviceId)
        .withElectionId(electionId == null ? ElectionId.FIRST : ElectionId.parse(electionId))
        .withTakeover(takeover)
        .withDeadline(Duration.ofSeconds(deadlineSeconds))
        .withSecurity(security());
  }

  private Security security() {
    if ((tlsCert == null) != (tlsKey == null)) {
      throw CommandFailure.badInput(
          "--tls-cert and --tls-key: expected both or none; found only "
              + (tlsCert == null ? "--tls-key" : "--tls-cert"));
    }
    boolean tls = tlsCa != null || tlsCert != null || tlsName != null;
    if (plaintext && tls) {
      throw CommandFailure.badInput("--plaintext: expected no --tls options beside it; found some");
    }
    if (!tls) {
      return plaintext ? new Security.Plaintext() : new Security.LocalOnly();
    }
    Optional<Security.Identity> identity =
        tlsCert == null || tlsKey == null
            ? Optional.empty()
            : Optional.of(new Security.Identity(tlsCert, tlsKey));
    return new Security.Tls(Optional.ofNullable(tlsCa), identity, Optional.ofNullable(tlsName));
  }

  /** What a session may do, in a word. */
  static String word(Primacy primacy) {
    return primacy.toString();
  }
}
