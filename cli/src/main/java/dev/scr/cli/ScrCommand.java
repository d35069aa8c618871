package dev.scr.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root of the commands. */
@Command(
    name = "scr",
    mixinStandardHelpOptions = true,
    version = "scr 0.1.0-SNAPSHOT",
    description = {
      "State-Compute Replication: one stateful packet program on any number of cores.",
      "",
      "A sequencer (a P4 switch) puts the history of the last packets in front of each packet and sprays"
          + " packets over workers; every worker keeps a replica of all state."
    },
    footer = {
      "",
      "Start here: scr demo",
      "Exit codes: 0 done and true; 1 the check said no; 2 bad usage or input; 3 the environment lacks"
          + " something; 4 the switch refused or is unreachable."
    },
    subcommands = {
      DemoCommand.class,
      DoctorCommand.class,
      ProgramsCommand.class,
      SequenceCommand.class,
      ReplayCommand.class,
      TraceCommand.class,
      SwitchCommand.class,
      StfTestCommand.class,
      CtlCommand.class,
      WorkerCommand.class,
      BpfCommand.class,
      K2Command.class,
      BenchCommand.class,
      CommandLine.HelpCommand.class
    })
final class ScrCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.BAD_INPUT.number();
  }
}
