package dev.scr.hosts.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** clang, as the committed objects were made with it. */
public final class BpfCompiler {
  private static final Pattern VERSION = Pattern.compile("version (\\d+\\.\\d+\\.\\d+)");

  private BpfCompiler() {}

  /** Name and version of the installed compiler; empty if clang or llvm-strip is missing. */
  public static String version() throws Exception {
    try {
      run(Path.of("."), "llvm-strip", "--version");
      Matcher version = VERSION.matcher(run(Path.of("."), "clang", "--version"));
      return version.find() ? "clang " + version.group(1) : "";
    } catch (IOException e) {
      return "";
    }
  }

  /** Compiles a file in its folder, so that no path of this machine reaches the object. */
  public static void compile(Path source, Path object) throws Exception {
    Path folder = source.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IllegalArgumentException(source + " is a folder");
    }
    String file = source.getFileName().toString();
    run(
        folder,
        "clang -O2 -g -Wall -Wextra -Werror -Wno-unused-const-variable -target bpf -mcpu=v3"
            .concat(" -fdebug-compilation-dir=. -c " + file + " -o " + object)
            .split(" "));
    run(folder, "llvm-strip", "-g", object.toString());
  }

  private static String run(Path folder, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), output);
    return output;
  }
}
