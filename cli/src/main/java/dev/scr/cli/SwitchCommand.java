package dev.scr.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "switch")
final class SwitchCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return 3;
  }
}
