package dev.scr.k2.input;

import dev.scr.ebpf.object.Btf;
import dev.scr.ebpf.object.MalformedObjectException;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A file with programs, as it was read: an object, or K2's form. Programs have changed versions
 * written back in the same form; what is not code stays as it was. Immutable and thread-safe.
 */
public sealed interface ProgramFile permits ObjectFile, InsnsFile {
  /** Largest file that is read, in bytes. */
  int MAX_BYTES = 64 << 20;

  /** Kinds of programs that {@link #read(Path, String)} takes: sections by libbpf's names. */
  List<String> KINDS = List.of("xdp", "tc", "socket", "tracepoint");

  /** What messages call the file: its name without folders. */
  String name();

  /** The license, empty if the file does not say. */
  String license();

  /** The types of an object that has them. */
  Optional<Btf> types();

  /** The maps, in the order in which instructions refer to them. */
  List<MapSpec> maps();

  /** The programs in the order of the file. */
  List<ProgramSpec> programs();

  /**
   * The files that hold these programs in place of those that were read.
   *
   * @param out where the main file is to be
   * @param changed programs of this file with other instructions
   */
  List<OutputFile> encode(Path out, List<ProgramSpec> changed);

  /** Writes the files of {@link #encode}: each is there whole, or not at all. */
  default void write(Path out, List<ProgramSpec> changed) throws IOException {
    OutputFile.writeAll(encode(out, changed));
  }

  /**
   * Reads a file: K2's form if its name ends in {@code .insns}, else an object.
   *
   * @throws MalformedObjectException if it is neither, with place, expected and found
   */
  static ProgramFile read(Path file) throws IOException {
    return file.toString().endsWith(InsnsFile.SUFFIX)
        ? InsnsFile.read(file)
        : ObjectFile.read(file);
  }

  /**
   * Reads a file for a loader that says itself what programs are.
   *
   * @param word what those are whose section does not say it: one of {@link #KINDS}
   */
  static ProgramFile read(Path file, String word) throws IOException {
    return switch (read(file)) {
      case ObjectFile object -> object.taking(ProgramType.ofSection(word));
      case InsnsFile insns -> insns;
    };
  }

  /** Whether a file's name says that it may hold programs. */
  static boolean isNamedSo(Path file) {
    String name = file.toString();
    return name.endsWith(InsnsFile.SUFFIX) || name.endsWith(".o");
  }

  /** The program with this function name, else the first one in the section of this name. */
  default Optional<ProgramSpec> program(String functionOrSection) {
    return programs().stream()
        .filter(p -> p.name().equals(functionOrSection))
        .findFirst()
        .or(() ->
            programs().stream().filter(p -> p.section().equals(functionOrSection)).findFirst());
  }

  /** The bytes of a file that is not too large to be what it should be. */
  static byte[] bytes(Path file) throws IOException {
    long size = Files.size(file);
    if (size > MAX_BYTES) {
      throw new MalformedObjectException(
          String.valueOf(file.getFileName()),
          "file",
          "expected at most " + MAX_BYTES + " bytes, found " + size);
    }
    return Files.readAllBytes(file);
  }
}
