package dev.scr.cli.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The machine that figures come from, as far as it says.
 *
 * @param loadAverage of the last minute, when the measurement began
 * @param bpfCompiler whether the kernel compiles BPF: {@code net.core.bpf_jit_enable}
 * @param command that makes the figures again
 */
public record Machine(
    String processor,
    int processors,
    long memoryMib,
    String kernel,
    String java,
    String loadAverage,
    String bpfCompiler,
    String time,
    String command) {

  /** Looks at this machine. */
  public static Machine look(String command) {
    return new Machine(
        field("/proc/cpuinfo", "model name"),
        Runtime.getRuntime().availableProcessors(),
        kibibytes(field("/proc/meminfo", "MemTotal")) >> 10,
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        first("/proc/loadavg"),
        first("/proc/sys/net/core/bpf_jit_enable"),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        command);
  }

  private static String field(String file, String name) {
    try (var lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static String first(String file) {
    try {
      return Files.readString(Path.of(file)).strip().split(" ", 2)[0];
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static long kibibytes(String text) {
    String digits = text.replaceAll("\\D", "");
    return digits.isEmpty() ? 0 : Long.parseLong(digits);
  }
}
