package dev.scr.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "k2",
    mixinStandardHelpOptions = true,
    description =
        "Optimize BPF programs: fewer slots or less time, and nothing that is not checked.",
    subcommands = {K2OptimizeCommand.class, K2VerifyCommand.class, K2BenchCommand.class})
final class K2Command implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.BAD_INPUT.number();
  }
}
