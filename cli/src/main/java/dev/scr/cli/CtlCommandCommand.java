package dev.scr.cli;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.hosts.program.Command;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.pipeline.PacketProgram;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@CommandLine.Command(
    name = "command",
    mixinStandardHelpOptions = true,
    description = {
      "Change the program's state on all replicas, at the same packet: the sequencer numbers the command like"
          + " a packet. Without NAME, lists the commands of the program that the switch runs.",
      "The switch needs --cpu-port 510."
    })
final class CtlCommandCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CtlCommand ctl;

  @Mixin private Output output = new Output();

  @Parameters(
      paramLabel = "NAME",
      arity = "0..1",
      index = "0",
      description = "The command, for example forget.")
  private @Nullable String name;

  @Parameters(
      paramLabel = "FIELD=VALUE",
      arity = "0..*",
      index = "1..*",
      description = "What it is about, for example src_addr=10.0.0.1.")
  private List<String> fields = List.of();

  /** What JSON says of a command. */
  record Row(String program, String command, List<String> fields, String meaning) {}

  /** What JSON says of one that was sent. */
  record Sent(String program, String command, Map<String, String> fields, int frames) {}

  @Override
  public Integer call() {
    if (name == null) {
      return list();
    }
    Map<String, String> values = values();
    String wanted = name;
    Sent sent =
        ctl.changing(controller -> {
          ProgramObject object = program(controller);
          List<byte[]> frames = object.controlFrames(wanted, values);
          try {
            controller.command(frames);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
          }
          return new Sent(object.program().programName(), wanted, values, frames.size());
        });
    output.result(
        sent,
        text ->
            text.printf(
                "%s: %s, %d control frame%s numbered%n",
                sent.program(), wanted, sent.frames(), sent.frames() == 1 ? "" : "s"));
    return ExitCode.DONE.number();
  }

  private Integer list() {
    List<Row> rows =
        ctl.reading(controller -> {
          ProgramObject object = program(controller);
          return object.commands().stream().map(c -> row(object.program(), c)).toList();
        });
    output.result(
        rows,
        text ->
            text.println(
                Output.table(
                    List.of("command", "fields", "meaning"),
                    rows.stream()
                        .map(row ->
                            List.of(row.command(), String.join(" ", row.fields()), row.meaning()))
                        .toList())));
    return ExitCode.DONE.number();
  }

  private static Row row(PacketProgram program, Command command) {
    return new Row(program.programName(), command.name(), command.fields(), command.meaning());
  }

  private Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    for (String field : fields) {
      int equals = field.indexOf('=');
      if (equals < 1) {
        throw CommandFailure.badInput("expected FIELD=VALUE; found '" + field + "'");
      }
      values.put(field.substring(0, equals), field.substring(equals + 1));
    }
    return values;
  }

  private static ProgramObject program(SequencerController controller) {
    String found = controller.program().orElse("no pipeline");
    return ProgramObject.of(
        PacketProgram.named(found)
            .orElseThrow(() ->
                CommandFailure.badInput(
                    "expected the switch to run one of %s; found %s"
                        .formatted(PacketProgram.names(), found))));
  }
}
