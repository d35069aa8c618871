package dev.scr.endtoend;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The switches that must all pass the same tests. They take the same options. */
enum TestedSwitch {
  BMV2 {
    @Override
    List<String> program() {
      Optional<Path> installed = MininetNetwork.onPath("simple_switch_grpc");
      assumeTrue(installed.isPresent(), "BMv2: simple_switch_grpc is not on the PATH");
      return List.of(installed.orElseThrow().toString());
    }
  },
  EMBEDDED {
    @Override
    List<String> program() throws IOException {
      Path jar = Path.of(System.getProperty("scr.root", ".."), "cli", "target", "scr.jar");
      assumeTrue(Files.exists(jar), "embedded switch: cli/target/scr.jar is not built");
      Path java = Path.of(System.getProperty("java.home"), "bin", "java");
      List<String> program =
          List.of(
              java.toString(),
              "--enable-native-access=ALL-UNNAMED",
              "-jar",
              jar.toAbsolutePath().toString(),
              "switch");
      List<String> help = new ArrayList<>(program);
      help.add("--help");
      Process asked = new ProcessBuilder(help).redirectErrorStream(true).start();
      asked.getInputStream().readAllBytes();
      assumeTrue(
          asked.onExit().join().exitValue() == 0, "embedded switch: scr has no command 'switch'");
      return program;
    }
  };

  /** How to call it; skips the test, with the reason, where it isn't. */
  abstract List<String> program() throws IOException;

  /** The whole command line for {@code topology.py}. */
  List<String> command() throws IOException {
    List<String> command = new ArrayList<>(program());
    command.addAll(List.of("--no-p4", "{interfaces}", "--device-id", "1", "--log-level", "warn"));
    command.addAll(
        List.of("--", "--grpc-server-addr", "127.0.0.1:" + MininetNetwork.P4RUNTIME_PORT));
    return command;
  }
}
