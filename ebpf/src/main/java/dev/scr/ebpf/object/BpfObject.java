package dev.scr.ebpf.object;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What an object file says: its programs, maps, types and license. A function of the file alone.
 * Immutable and thread-safe.
 */
public final class BpfObject {
  /** Largest file that is read, in bytes. */
  public static final int MAX_FILE_BYTES = 64 << 20;

  private final String name;
  private final String license;
  private final Btf btf;
  private final List<MapSpec> maps;
  private final List<GlobalVariable> variables;
  private final List<ProgramSpec> programs;

  private BpfObject(
      String name,
      String license,
      Btf btf,
      List<MapSpec> maps,
      List<GlobalVariable> variables,
      List<ProgramSpec> programs) {
    this.name = name;
    this.license = license;
    this.btf = btf;
    this.maps = maps;
    this.variables = variables;
    this.programs = programs;
  }

  /**
   * Reads an object.
   *
   * @param name what to call the file in messages
   * @throws MalformedObjectException if it is not an object file for BPF, or is damaged
   */
  public static BpfObject read(byte[] bytes, String name) {
    if (bytes.length > MAX_FILE_BYTES) {
      throw new MalformedObjectException(
          name, "file", "expected at most " + MAX_FILE_BYTES + " bytes, found " + bytes.length);
    }
    ElfFile elf = ElfFile.read(bytes, name);
    Btf btf =
        elf.section(".BTF")
            .map(section -> BtfReader.read(name, section.data()))
            .orElseGet(() -> new Btf(name, List.of(new BtfType.NoType())));
    MapReader maps = MapReader.read(elf, btf);
    List<ProgramSpec> programs = new ProgramLinker(elf, maps).programs();
    String license = elf.section("license").map(s -> s.data().string(0)).orElse("");
    return new BpfObject(name, license, btf, maps.maps(), maps.variables(), programs);
  }

  /** Reads an object from a file, which messages call by its name without folders. */
  public static BpfObject read(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    long size = Files.size(file);
    if (size > MAX_FILE_BYTES) {
      throw new MalformedObjectException(
          name, "file", "expected at most " + MAX_FILE_BYTES + " bytes, found " + size);
    }
    return read(Files.readAllBytes(file), name);
  }

  /** What messages call the file. */
  public String name() {
    return name;
  }

  /** The license, empty if the object does not say. */
  public String license() {
    return license;
  }

  /** The types; without section {@code .BTF} only {@code void}. */
  public Btf btf() {
    return btf;
  }

  /** The maps, those for global data included, in the order in which instructions refer to them. */
  public List<MapSpec> maps() {
    return maps;
  }

  /** The map with this name. */
  public Optional<MapSpec> map(String map) {
    return maps.stream().filter(m -> m.name().equals(map)).findFirst();
  }

  /** The global variables. */
  public List<GlobalVariable> variables() {
    return variables;
  }

  /** The global variable with this name. */
  public Optional<GlobalVariable> variable(String variable) {
    return variables.stream().filter(v -> v.name().equals(variable)).findFirst();
  }

  /**
   * What a global variable holds before a program runs.
   *
   * @throws IllegalArgumentException if there is no such variable
   */
  public byte[] initialValue(String variable) {
    GlobalVariable found = required(variable);
    byte[] section = maps.get(found.map()).data().map(InitialData::bytes).orElseThrow();
    return Arrays.copyOfRange(section, found.offset(), found.offset() + found.size());
  }

  /**
   * The same object with another initial value of a global variable.
   *
   * @param value exactly the variable's size, little-endian
   * @throws IllegalArgumentException if there is no such variable, or it has another size
   */
  public BpfObject withInitialValue(String variable, byte[] value) {
    GlobalVariable found = required(variable);
    if (value.length != found.size()) {
      throw new IllegalArgumentException(
          "%s: variable %s: expected %d bytes, found %d"
              .formatted(name, variable, found.size(), value.length));
    }
    List<MapSpec> changed = new ArrayList<>(maps);
    MapSpec map = maps.get(found.map());
    byte[] section = map.data().map(InitialData::bytes).orElseThrow();
    System.arraycopy(value, 0, section, found.offset(), value.length);
    changed.set(found.map(), map.withData(new InitialData(section)));
    return new BpfObject(name, license, btf, List.copyOf(changed), variables, programs);
  }

  private GlobalVariable required(String variable) {
    return variable(variable)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "%s: expected a global variable named %s, found %s"
                    .formatted(
                        name, variable, variables.stream().map(GlobalVariable::name).toList())));
  }

  /** The programs in the order of the file. */
  public List<ProgramSpec> programs() {
    return programs;
  }

  /** The program with this function name, else the first one in the section of this name. */
  public Optional<ProgramSpec> program(String functionOrSection) {
    return programs.stream()
        .filter(p -> p.name().equals(functionOrSection))
        .findFirst()
        .or(() -> programs.stream().filter(p -> p.section().equals(functionOrSection)).findFirst());
  }
}
