package dev.scr.k2.optimize;

import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramSpec.FunctionStart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Results on disk, a file each, called by the hash of what they depend on: the program, its maps,
 * the options and this version's format. A file that is damaged, or written by another version, is
 * as good as none. Files appear whole; several processes may use a folder.
 */
final class ResultCache {
  private static final String FORMAT = "scr-k2-result 2";

  private final Path folder;

  ResultCache(Path folder) {
    this.folder = folder;
  }

  /**
   * A result that was kept.
   *
   * @param complete whether nothing was left to try
   */
  record Kept(
      ProgramSpec program,
      Map<String, Integer> rewrites,
      long proofs,
      double solverSeconds,
      boolean complete) {}

  /** The hash of what a result depends on. */
  static String key(ProgramSpec program, OptimizerOptions options) {
    MessageDigest digest = digest();
    for (String part :
        List.of(
            FORMAT,
            options.fingerprint(),
            program.type().name(),
            program.section(),
            program.maps().toString())) {
      digest.update(part.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    digest.update(Codec.encode(program.code().instructions()));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The result for a program, if a sound one is there. */
  Optional<Kept> find(ProgramSpec program, OptimizerOptions options) {
    String key = key(program, options);
    try {
      Path file = folder.resolve(key);
      return Files.isRegularFile(file)
          ? parse(Files.readAllLines(file, StandardCharsets.UTF_8), key, program)
          : Optional.empty();
    } catch (IOException | BpfException | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static Optional<Kept> parse(List<String> lines, String key, ProgramSpec program) {
    int last = lines.size() - 1;
    if (last < 2
        || !lines.get(0).equals(FORMAT)
        || !lines.get(1).equals("key " + key)
        || !lines.get(last).equals("sha256 " + hash(lines.subList(0, last)))) {
      return Optional.empty();
    }
    List<FunctionStart> functions = new ArrayList<>();
    Map<String, Integer> rewrites = new LinkedHashMap<>();
    Optional<InstructionList> code = Optional.empty();
    long proofs = 0;
    double solverSeconds = 0;
    boolean complete = false;
    for (String line : lines.subList(2, last)) {
      String[] words = line.split(" ", 3);
      switch (words[0]) {
        case "code" ->
            code =
                Optional.of(new InstructionList(Codec.decode(HexFormat.of().parseHex(words[1]))));
        case "function" -> functions.add(new FunctionStart(words[2], Integer.parseInt(words[1])));
        case "rewrite" -> rewrites.put(words[2], Integer.parseInt(words[1]));
        case "proofs" -> proofs = Long.parseLong(words[1]);
        case "solver_seconds" -> solverSeconds = Double.parseDouble(words[1]);
        case "complete" -> complete = Boolean.parseBoolean(words[1]);
        default -> throw new IllegalArgumentException(line);
      }
    }
    ProgramSpec kept =
        new ProgramSpec(
            program.name(),
            program.section(),
            program.type(),
            code.orElseThrow(() -> new IllegalArgumentException("no code")),
            functions,
            program.maps());
    return Optional.of(new Kept(kept, rewrites, proofs, solverSeconds, complete));
  }

  /** Keeps a result; a folder that cannot be written costs the next run time, and nothing else. */
  void keep(ProgramSpec program, OptimizerOptions options, Kept result) throws IOException {
    String key = key(program, options);
    List<String> lines = new ArrayList<>(List.of(FORMAT, "key " + key));
    ProgramSpec found = result.program();
    lines.add("code " + HexFormat.of().formatHex(Codec.encode(found.code().instructions())));
    for (FunctionStart function : found.functions()) {
      lines.add("function " + function.index() + " " + function.name());
    }
    result.rewrites().forEach((name, count) -> lines.add("rewrite " + count + " " + name));
    lines.add("proofs " + result.proofs());
    lines.add("solver_seconds " + result.solverSeconds());
    lines.add("complete " + result.complete());
    lines.add("sha256 " + hash(lines));
    Files.createDirectories(folder);
    Path temporary = Files.createTempFile(folder, key.substring(0, 8), ".tmp");
    try {
      Files.write(temporary, lines, StandardCharsets.UTF_8);
      Files.move(
          temporary,
          folder.resolve(key),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static String hash(List<String> lines) {
    return HexFormat.of()
        .formatHex(digest().digest(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)));
  }
}
