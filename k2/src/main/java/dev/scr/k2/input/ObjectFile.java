package dev.scr.k2.input;

import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.Btf;
import dev.scr.ebpf.object.MalformedObjectException;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ObjectWriter;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** An object file: everything that is not code stays as it was, bytes and all. */
public final class ObjectFile implements ProgramFile {
  private final byte[] bytes;
  private final BpfObject object;
  private final List<ProgramSpec> programs;

  private ObjectFile(byte[] bytes, BpfObject object, List<ProgramSpec> programs) {
    this.bytes = bytes;
    this.object = object;
    this.programs = programs;
  }

  /** Reads an object file. */
  static ObjectFile read(Path file) throws IOException {
    return of(ProgramFile.bytes(file), String.valueOf(file.getFileName()));
  }

  /** Reads an object from memory. */
  public static ObjectFile of(byte[] bytes, String name) {
    BpfObject object = BpfObject.read(bytes, name);
    return new ObjectFile(bytes.clone(), object, object.programs());
  }

  /**
   * The same object for a loader that knows what the programs are whose section does not say it.
   *
   * @param type of those programs
   */
  public ObjectFile taking(ProgramType type) {
    List<ProgramSpec> typed =
        object.programs().stream()
            .map(p -> p.type() == ProgramType.OTHER ? withType(p, type) : p)
            .toList();
    return new ObjectFile(bytes, object, typed);
  }

  private static ProgramSpec withType(ProgramSpec program, ProgramType type) {
    return new ProgramSpec(
        program.name(),
        program.section(),
        type,
        program.code(),
        program.functions(),
        program.maps());
  }

  /** What was read. */
  public BpfObject object() {
    return object;
  }

  @Override
  public String name() {
    return object.name();
  }

  @Override
  public String license() {
    return object.license();
  }

  @Override
  public Optional<Btf> types() {
    return Optional.of(object.btf());
  }

  @Override
  public List<MapSpec> maps() {
    return object.maps();
  }

  @Override
  public List<ProgramSpec> programs() {
    return programs;
  }

  @Override
  public List<OutputFile> encode(Path out, List<ProgramSpec> changed) {
    List<ProgramSpec> different =
        changed.stream().filter(program -> !programs().contains(program)).toList();
    byte[] written =
        different.isEmpty() ? bytes : ObjectWriter.write(bytes, object.name(), different);
    requireReadsAs(written, different);
    return List.of(new OutputFile(out, written));
  }

  /**
   * What is written is read once more: an object that says anything else is not written. Programs
   * that did not change count as well, since a changed one may share a function with them.
   */
  private void requireReadsAs(byte[] written, List<ProgramSpec> changed) {
    List<ProgramSpec> again = BpfObject.read(written, object.name()).programs();
    for (ProgramSpec original : programs()) {
      ProgramSpec wanted =
          changed.stream().filter(p -> isSame(p, original)).findFirst().orElse(original);
      boolean same =
          again.stream()
              .anyMatch(found -> isSame(found, wanted) && found.code().equals(wanted.code()));
      if (!same) {
        throw new MalformedObjectException(
            object.name(),
            "section " + original.section(),
            "expected that program " + original.name() + " can be written, but it reads otherwise");
      }
    }
  }

  private static boolean isSame(ProgramSpec a, ProgramSpec b) {
    return a.name().equals(b.name()) && a.section().equals(b.section());
  }
}
