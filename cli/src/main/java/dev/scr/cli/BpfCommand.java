package dev.scr.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "bpf",
    mixinStandardHelpOptions = true,
    description =
        "eBPF objects: look at them, run them, load them into the kernel, test the machine.",
    subcommands = {
      BpfDisasmCommand.class,
      BpfRunCommand.class,
      BpfLoadCommand.class,
      BpfTestCommand.class
    })
final class BpfCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
  private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.BAD_INPUT.number();
  }
}
