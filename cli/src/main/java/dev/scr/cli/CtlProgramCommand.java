package dev.scr.cli;

import dev.scr.controlplane.sequencer.BadSettings;
import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.controlplane.sequencer.PresentState;
import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "program",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Which packet program the switch's sequencer is for.")
final class CtlProgramCommand {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before a command runs
  private CtlCommand ctl;

  /**
   * What JSON says of what is there.
   *
   * @param known whether it is one of this build's packet programs
   */
  record Found(
      boolean present,
      boolean known,
      @Nullable String program,
      @Nullable Integer id,
      @Nullable Integer slotBytes,
      @Nullable Integer maxDepth) {
    static Found of(Optional<String> name) {
      Optional<PacketProgram> program = name.flatMap(PacketProgram::named);
      return new Found(
          name.isPresent(),
          program.isPresent(),
          name.orElse(null),
          program.map(PacketProgram::id).orElse(null),
          program.map(PacketProgram::slotBytes).orElse(null),
          program.map(PacketProgram::maxDepth).orElse(null));
    }
  }

  @Command(
      name = "get",
      mixinStandardHelpOptions = true,
      description = "Print the program that the switch runs.")
  int get(@Mixin Output output) {
    Found found = Found.of(ctl.reading(SequencerController::program));
    output.result(
        found,
        text -> {
          if (!found.present()) {
            text.println("no pipeline: choose one with scr ctl program set");
          } else if (!found.known()) {
            text.printf("%s: none of %s%n", found.program(), PacketProgram.names());
          } else {
            text.printf(
                "%s: program %d, slots of %d bytes, depth up to %d%n",
                found.program(), found.id(), found.slotBytes(), found.maxDepth());
          }
        });
    return ExitCode.DONE.number();
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = {
        "Have the switch run the sequencer of another program. Depth, workers and ports stay where they"
            + " fit; where they do not, nothing is changed, and the message says why. The history is lost and"
            + " counters start at 0, so the workers have to start anew, too, with the other program.",
        "Says what it changes; does nothing if the switch runs that program already."
      })
  int set(
      @Mixin Output output,
      @Parameters(
              paramLabel = "PROGRAM",
              converter = Options.Program.class,
              description = "The packet program; scr programs lists them.")
          PacketProgram program,
      @Option(
              names = "--depth",
              paramLabel = "D",
              converter = Options.Count.class,
              description = "Another depth in the same step.")
          @Nullable Integer depth,
      @Option(
              names = "--workers",
              paramLabel = "N",
              converter = Options.Count.class,
              description = "Another number of workers in the same step.")
          @Nullable Integer workers,
      @Option(names = "--force", description = "Allow a depth too small for the workers.")
          boolean force,
      @Option(names = "--replace", description = "Also replace a pipeline that is no sequencer.")
          boolean replace) {
    return ctl.changing(controller -> {
      PresentState now = controller.present();
      if (!replace) {
        controller.requireReplaceable(now);
      }
      SwitchUpdate.Step step =
          step(now, program, Optional.ofNullable(depth), Optional.ofNullable(workers), force);
      return SwitchUpdate.apply(controller, ctl.targetName(), step, force, output);
    });
  }

  private static SwitchUpdate.Step step(
      PresentState now,
      PacketProgram program,
      Optional<Integer> depth,
      Optional<Integer> workers,
      boolean force) {
    PresentState.Sequencer present =
        now instanceof PresentState.Sequencer sequencer
            ? sequencer
            : new PresentState.Sequencer(
                "", Optional.empty(), SequencerSettings.UNCONFIGURED, List.of());
    try {
      return SwitchUpdate.Step.of(now, DesiredState.of(present, program, depth, workers), force);
    } catch (BadSettings e) {
      throw CommandFailure.badInput(
          "%s cannot have these settings: %s. Nothing is changed; give --depth and --workers that fit"
              .formatted(program.programName(), e.getMessage()));
    }
  }
}
