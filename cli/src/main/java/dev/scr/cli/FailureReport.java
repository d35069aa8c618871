package dev.scr.cli;

import dev.scr.cli.harness.MissingTool;
import dev.scr.controlplane.session.SwitchFailure;
import dev.scr.ebpf.isa.BpfException;
import dev.scr.hosts.program.BadParameter;
import dev.scr.hosts.trace.MalformedCapture;
import dev.scr.linux.object.KernelRefusal;
import dev.scr.p4runtime.BadInput;
import dev.scr.softswitch.json.PipelineException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Turns whatever ended a command into one message and an exit code. */
final class FailureReport implements CommandLine.IExecutionExceptionHandler {
  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, ParseResult arguments) {
    ExitCode code = exitCode(failure);
    PrintWriter err = command.getErr();
    if (code == ExitCode.INTERNAL) {
      err.println("scr: this is a fault in scr, please report it: " + failure);
      if (System.getenv("SCR_DEBUG") != null) {
        failure.printStackTrace(err);
      } else {
        err.println("scr: SCR_DEBUG=1 shows where");
      }
    } else {
      err.println("scr: " + message(failure));
    }
    err.flush();
    return code.number();
  }

  private static ExitCode exitCode(Exception failure) {
    return switch (failure) {
      case CommandFailure command -> command.exitCode();
      case MissingTool _ -> ExitCode.ENVIRONMENT;
      case SwitchFailure _ -> ExitCode.SWITCH;
      case KernelRefusal refusal when refusal.lacksPrivileges() -> ExitCode.ENVIRONMENT;
      case BadInput _, BadParameter _, MalformedCapture _, BpfException _, PipelineException _ ->
          ExitCode.BAD_INPUT;
      case UncheckedIOException _, IOException _ -> ExitCode.BAD_INPUT;
      default -> ExitCode.INTERNAL;
    };
  }

  private static String message(Exception failure) {
    return switch (failure) {
      case UncheckedIOException io -> message(Objects.requireNonNull(io.getCause()));
      case NoSuchFileException file -> file.getFile() + ": no such file";
      case FileNotFoundException file -> String.valueOf(file.getMessage());
      case AccessDeniedException file -> file.getFile() + ": permission denied";
      case FileSystemException file -> file.getFile() + ": " + file.getReason();
      default -> String.valueOf(failure.getMessage());
    };
  }
}
