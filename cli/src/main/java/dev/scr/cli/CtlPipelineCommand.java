package dev.scr.cli;

import dev.scr.controlplane.sequencer.CheckedPipeline;
import dev.scr.controlplane.sequencer.PushOutcome;
import dev.scr.p4runtime.PipelineCookie;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "pipeline",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "The P4 program on the switch.")
final class CtlPipelineCommand {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before a command runs
  private CtlCommand ctl;

  /** Which pipeline: one from the jar, or p4c's output in files. */
  static final class Source {
    @Option(
        names = "--program",
        paramLabel = "PROGRAM",
        converter = Options.Program.class,
        description = "The packet program whose sequencer it is (default: portknock).")
    private PacketProgram program = PacketProgram.PORTKNOCK;

    @Option(
        names = "--config",
        paramLabel = "FILE.json",
        description = "Take p4c's BMv2 JSON from this file instead of the jar.")
    private @Nullable Path config;

    @Option(
        names = "--p4info",
        paramLabel = "FILE.txtpb",
        description = "Take its P4Info from this file.")
    private @Nullable Path p4info;

    SequencerPipeline pipeline() {
      SequencerPipeline usual = SequencerPipeline.of(program);
      try {
        return new SequencerPipeline(
            usual.program(),
            usual.programId(),
            usual.slotBytes(),
            usual.maxDepth(),
            config == null ? usual.deviceConfig() : Files.readAllBytes(config),
            p4info == null ? usual.p4infoText() : Files.readString(p4info));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** What JSON says of a push. */
  record Pushed(String program, String outcome, @Nullable String cookie) {}

  /** What JSON says of a check. */
  record Verified(String program, boolean valid) {}

  /** What JSON says of what is there. */
  record Shown(boolean present, @Nullable String program, @Nullable String cookie) {}

  @Command(
      name = "push",
      mixinStandardHelpOptions = true,
      description = {
        "Give the switch a sequencer; nothing is pushed if it has this very one.",
        "Settings and ports are kept when the program stays the same."
      })
  int push(
      @Mixin Output output,
      @Mixin Source source,
      @Option(names = "--replace", description = "Replace another pipeline; its history is lost.")
          boolean replace) {
    SequencerPipeline pipeline = source.pipeline();
    var _ = CheckedPipeline.of(pipeline); // before there is a connection
    return ctl.changing(controller -> {
      PushOutcome outcome = controller.pushPipeline(pipeline, replace);
      Optional<PipelineCookie> cookie = controller.cookie();
      Pushed document =
          new Pushed(
              pipeline.program(),
              Options.lower(outcome),
              cookie.map(Object::toString).orElse(null));
      output.result(
          document,
          text ->
              text.printf(
                  "%s: %s (cookie %s)%n",
                  document.program(), document.outcome(), document.cookie()));
      return ExitCode.DONE.number();
    });
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = "Check a pipeline here, and have the switch look at it without taking it.")
  int verify(@Mixin Output output, @Mixin Source source) {
    SequencerPipeline pipeline = source.pipeline();
    var _ = CheckedPipeline.of(pipeline); // before there is a connection
    return ctl.changing(controller -> {
      controller.verifyPipeline(pipeline);
      output.result(
          new Verified(pipeline.program(), true),
          text -> text.printf("%s: valid%n", pipeline.program()));
      return ExitCode.DONE.number();
    });
  }

  @Command(name = "show", mixinStandardHelpOptions = true, description = "What the switch runs.")
  int show(@Mixin Output output) {
    Shown shown =
        ctl.reading(controller -> {
          Optional<String> program = controller.program();
          return new Shown(
              program.isPresent(),
              program.orElse(null),
              controller.cookie().map(Object::toString).orElse(null));
        });
    output.result(
        shown,
        text ->
            text.println(
                shown.present()
                    ? "%s (cookie %s)".formatted(shown.program(), shown.cookie())
                    : "no pipeline: push one with scr ctl pipeline push"));
    return ExitCode.DONE.number();
  }
}
