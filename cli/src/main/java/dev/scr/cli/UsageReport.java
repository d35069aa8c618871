package dev.scr.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with a command line, and where its help is. */
final class UsageReport implements CommandLine.IParameterExceptionHandler {
  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("scr: " + failure.getMessage());
    UnmatchedArgumentException.printSuggestions(failure, err);
    err.println("scr: see " + command.getCommandSpec().qualifiedName(" ") + " --help");
    err.flush();
    return ExitCode.BAD_INPUT.number();
  }
}
