package dev.scr.k2.input;

import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.InvalidInstructionException;
import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.object.Btf;
import dev.scr.ebpf.object.MalformedObjectException;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramSpec.FunctionStart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * K2's own form of a program: {@code NAME.insns}, an array of {@code struct bpf_insn} in which map
 * references are file descriptors; {@code NAME.maps} says which map a descriptor stands for; {@code
 * NAME.type} says what kind of program it is ({@link InsnsType}).
 */
public final class InsnsFile implements ProgramFile {
  /** How such files are called. */
  public static final String SUFFIX = ".insns";

  private static final String MAPS = ".maps";
  private static final String TYPE = ".type";
  private static final String DESCRIPTION = ".desc";

  private final String name;
  private final MapTable maps;
  private final Optional<String> mapText;
  private final Optional<String> typeText;
  private final InsnsType type;
  private final ProgramSpec program;

  private InsnsFile(
      String name,
      MapTable maps,
      Optional<String> mapText,
      Optional<String> typeText,
      InsnsType type,
      ProgramSpec program) {
    this.name = name;
    this.maps = maps;
    this.mapText = mapText;
    this.typeText = typeText;
    this.type = type;
    this.program = program;
  }

  /** Reads {@code NAME.insns} and what lies beside it. */
  static InsnsFile read(Path file) throws IOException {
    return of(
        ProgramFile.bytes(file),
        String.valueOf(file.getFileName()),
        text(beside(file, MAPS)),
        text(beside(file, TYPE)),
        text(beside(file, DESCRIPTION)));
  }

  /**
   * Reads a program from memory.
   *
   * @param maps contents of {@code NAME.maps}, if there is one; likewise the others
   * @throws MalformedObjectException with place, expected and found
   */
  public static InsnsFile of(
      byte[] instructions,
      String name,
      Optional<String> maps,
      Optional<String> type,
      Optional<String> description) {
    String base = base(name);
    MapTable table = MapTable.parse(base + MAPS, maps.orElse(""));
    List<Instruction> code = decode(instructions, name);
    InsnsType kind =
        type.map(word -> InsnsType.named(base + TYPE, word))
            .orElseGet(() -> InsnsType.guess(base, description.orElse(""), code));
    List<Instruction> linked = link(code, name, table, maps.isPresent());
    return new InsnsFile(name, table, maps, type, kind, program(base, name, kind, linked, table));
  }

  private static List<Instruction> decode(byte[] bytes, String name) {
    if (bytes.length == 0) {
      throw new MalformedObjectException(name, "file", "expected instructions, found 0 bytes");
    }
    try {
      return Codec.decode(bytes);
    } catch (InvalidInstructionException e) {
      throw new MalformedObjectException(
          name, e.slot() < 0 ? "program" : "insn " + e.slot(), e.what());
    }
  }

  private static List<Instruction> link(
      List<Instruction> code, String name, MapTable maps, boolean described) {
    List<Instruction> linked = new ArrayList<>(code);
    int slot = 0;
    for (int i = 0; i < linked.size(); i++) {
      Instruction insn = linked.get(i);
      if (insn instanceof LoadWide wide) {
        linked.set(i, link(wide, name, slot, maps, described));
      }
      slot += insn.slots();
    }
    return linked;
  }

  private static LoadWide link(
      LoadWide wide, String name, int slot, MapTable maps, boolean described) {
    return switch (wide.source()) {
      case CONSTANT, CODE -> wide;
      case MAP_FD ->
          new LoadWide(
              wide.dst(), WideSource.MAP_INDEX, index(wide, name, slot, maps, described), 0);
      case MAP_FD_VALUE ->
          new LoadWide(
              wide.dst(),
              WideSource.MAP_INDEX_VALUE,
              index(wide, name, slot, maps, described),
              wide.nextImm());
      case MAP_INDEX, MAP_INDEX_VALUE, VARIABLE ->
          throw new MalformedObjectException(
              name,
              "insn " + slot + " (" + wide + ")",
              "expected a constant, a map's descriptor or code, found " + wide.source());
    };
  }

  private static int index(LoadWide wide, String name, int slot, MapTable maps, boolean described) {
    return maps.indexOf(wide.imm())
        .orElseThrow(() ->
            new MalformedObjectException(
                name,
                "insn " + slot + " (" + wide + ")",
                described
                    ? "expected a descriptor of "
                        + base(name)
                        + MAPS
                        + " "
                        + maps.descriptors()
                        + ", found "
                        + wide.imm()
                    : "expected a file " + base(name) + MAPS + " beside it, found none"));
  }

  private static ProgramSpec program(
      String base, String name, InsnsType kind, List<Instruction> code, MapTable maps) {
    InstructionList list = new InstructionList(code);
    List<FunctionStart> functions = new ArrayList<>();
    try {
      ControlFlow flow = ControlFlow.of(list);
      for (ControlFlow.Function function : flow.functions()) {
        int start = function.start();
        functions.add(new FunctionStart(start == 0 ? base : "function_" + list.slot(start), start));
      }
    } catch (InvalidProgramException | InvalidInstructionException e) {
      throw new MalformedObjectException(name, "program", String.valueOf(e.getMessage()));
    }
    functions.sort(java.util.Comparator.comparingInt(FunctionStart::index));
    return new ProgramSpec(base, kind.section(), kind.type(), list, functions, maps.maps());
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(base(String.valueOf(file.getFileName())) + suffix);
  }

  private static String base(String name) {
    return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
  }

  private static Optional<String> text(Path file) throws IOException {
    return Files.isRegularFile(file)
        ? Optional.of(new String(ProgramFile.bytes(file), StandardCharsets.UTF_8))
        : Optional.empty();
  }

  @Override
  public String name() {
    return name;
  }

  /** Such programs are linked for a kernel that they may ask everything. */
  @Override
  public String license() {
    return "GPL";
  }

  @Override
  public Optional<Btf> types() {
    return Optional.empty();
  }

  @Override
  public List<MapSpec> maps() {
    return maps.maps();
  }

  @Override
  public List<ProgramSpec> programs() {
    return List.of(program);
  }

  /** What kind of program it is, and how that is known. */
  public InsnsType type() {
    return type;
  }

  /**
   * {@code NAME.insns} with the same descriptors, and {@code .maps} and {@code .type} beside it.
   */
  @Override
  public List<OutputFile> encode(Path out, List<ProgramSpec> changed) {
    ProgramSpec last = changed.isEmpty() ? program : changed.getLast();
    List<OutputFile> files = new ArrayList<>();
    files.add(new OutputFile(out, Codec.encode(unlinked(last.code().instructions()))));
    mapText.ifPresent(text -> files.add(output(beside(out, MAPS), text)));
    if (typeText.isPresent() || !type.equals(InsnsType.XDP)) {
      files.add(output(beside(out, TYPE), type.word() + "\n"));
    }
    return files;
  }

  private static OutputFile output(Path path, String text) {
    return new OutputFile(path, text.getBytes(StandardCharsets.UTF_8));
  }

  private List<Instruction> unlinked(List<Instruction> code) {
    return code.stream()
        .map(insn -> insn instanceof LoadWide wide ? unlinked(wide) : insn)
        .toList();
  }

  private LoadWide unlinked(LoadWide wide) {
    return switch (wide.source()) {
      case CONSTANT, CODE, VARIABLE, MAP_FD, MAP_FD_VALUE -> wide;
      case MAP_INDEX -> new LoadWide(wide.dst(), WideSource.MAP_FD, maps.descriptor(wide.imm()), 0);
      case MAP_INDEX_VALUE ->
          new LoadWide(
              wide.dst(), WideSource.MAP_FD_VALUE, maps.descriptor(wide.imm()), wide.nextImm());
    };
  }
}
