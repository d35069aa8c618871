package dev.scr.softswitch;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** p4c, where it is installed. */
public final class Compiler {

  private static final Pattern VERSION = Pattern.compile("Version (\\S+)");
  private static final long SECONDS = 120;

  private Compiler() {}

  /** A program on the search path. */
  public static Optional<String> program(String name) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  /** The version of p4c, as in {@code 1.2.5.16}; empty where it is not installed. */
  public static String version() throws IOException, InterruptedException {
    Optional<String> p4c = program("p4c-bm2-ss");
    if (p4c.isEmpty()) {
      return "";
    }
    Matcher version = VERSION.matcher(run(Path.of("."), List.of(p4c.get(), "--version")));
    return version.find() ? version.group(1) : "";
  }

  /** Compiles NAME.p4 in a folder to NAME.json and NAME.p4info.txtpb in another; the log if not. */
  public static Optional<String> compile(Path source, Path into)
      throws IOException, InterruptedException {
    String name = String.valueOf(source.getFileName()).replaceFirst("\\.p4$", "");
    String log =
        run(
            source.toAbsolutePath().getParent(),
            List.of(
                "p4c-bm2-ss",
                "--p4runtime-files",
                into.resolve(name + ".p4info.txtpb").toString(),
                "-o",
                into.resolve(name + ".json").toString(),
                String.valueOf(source.getFileName())));
    return Files.exists(into.resolve(name + ".json")) && !log.contains("error:")
        ? Optional.empty()
        : Optional.of(log);
  }

  private static String run(@Nullable Path folder, List<String> command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    if (folder != null) {
      builder.directory(folder.toFile());
    }
    Path log = Files.createTempFile("p4c", ".log");
    Process process = builder.redirectOutput(log.toFile()).start();
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    Files.delete(log);
    return text;
  }
}
