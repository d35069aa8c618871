package dev.scr.linux.object;

import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.Btf;
import dev.scr.ebpf.object.BtfType;
import dev.scr.ebpf.object.GlobalVariable;
import dev.scr.ebpf.object.InitialData;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.linux.bpf.BpfProgram;
import dev.scr.linux.bpf.KernelBtf;
import dev.scr.linux.bpf.ProgramRefused;
import dev.scr.linux.bpf.ProgramSpec.Debug;
import dev.scr.linux.bpf.ProgramType;
import dev.scr.linux.call.SystemCallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A private copy of an object's maps and programs in the kernel: what {@code BpfInstance} is in
 * this process. Maps are made at once, a program is loaded when it is first asked for. It may be
 * handed from thread to thread, but is used by one at a time; closing it, or the end of the
 * process, frees everything.
 */
public final class KernelInstance implements AutoCloseable {
  /** What programs get as license where the object does not say: nothing that needs the GPL. */
  private static final String NO_LICENSE = "Proprietary";

  private final String name;
  private final String license;
  private final List<ProgramSpec> specs;
  private final List<KernelMap> maps = new ArrayList<>();
  private final Map<ProgramSpec, KernelProgram> loaded = new HashMap<>();

  private KernelInstance(Builder builder) {
    name = builder.name;
    license = builder.license.isEmpty() ? NO_LICENSE : builder.license;
    specs = builder.programs;
    try {
      for (int i = 0; i < builder.maps.size(); i++) {
        maps.add(create(i, builder));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private KernelMap create(int index, Builder builder) {
    MapSpec spec = builder.maps.get(index);
    int shared = builder.shared.contains(spec.name()) ? MapSpec.MEMORY_MAPPABLE : 0;
    MapSpec inner = builder.inner.get(spec.name());
    KernelMap map =
        inner == null
            ? KernelMap.create(spec, name, shared, lockOffset(spec, builder))
            : KernelMap.ofMaps(spec, name, inner);
    Optional<byte[]> contents = spec.data().map(InitialData::bytes);
    try {
      contents.ifPresent(bytes -> {
        builder.constants.forEach((variable, value) -> {
          if (variable.map() == index) {
            System.arraycopy(value, 0, bytes, variable.offset(), value.length);
          }
        });
        map.fill(bytes);
      });
    } catch (RuntimeException e) {
      map.close();
      throw e;
    }
    return map;
  }

  /** Where the lock is in a map's values, if its type has one. */
  private static OptionalInt lockOffset(MapSpec spec, Builder builder) {
    if (builder.types.isEmpty() || spec.valueType() == 0) {
      return OptionalInt.empty();
    }
    Btf types = builder.types.get();
    return types.resolve(spec.valueType()) instanceof BtfType.Struct value
        ? value.members().stream()
            .filter(member ->
                types.resolve(member.type()) instanceof BtfType.Struct struct
                    && struct.name().equals("bpf_spin_lock"))
            .mapToInt(member -> member.offsetBits() / Byte.SIZE)
            .findFirst()
        : OptionalInt.empty();
  }

  /**
   * The maps of an object, and its programs to be loaded.
   *
   * @throws KernelRefusal if the kernel does not make a map, for lack of privileges for example
   */
  public static KernelInstance create(BpfObject object) {
    return builder(object).build();
  }

  /** Prepares an instance of an object. */
  public static Builder builder(BpfObject object) {
    return new Builder(
        object.name(),
        object.license(),
        Optional.of(object.btf()),
        object.maps(),
        object.programs(),
        object.variables());
  }

  /** Prepares an instance for programs that do not come from a file. */
  public static Builder builder(List<MapSpec> maps) {
    return new Builder("program", "GPL", Optional.empty(), maps, List.of(), List.of());
  }

  /**
   * Prepares an instance of an object with other maps than the object says.
   *
   * @param types of the object, for locks in values
   * @param license that programs get; nothing that needs the GPL if empty
   */
  public static Builder builder(
      String name, String license, Optional<Btf> types, List<MapSpec> maps) {
    return new Builder(name, license, types, maps, List.of(), List.of());
  }

  /**
   * The program with this function name, else the first one in the section of this name, loaded.
   *
   * @throws InvalidProgramException if there is none
   * @throws KernelRefusal if the verifier refuses it
   */
  public KernelProgram program(String functionOrSection) {
    return program(
        specs.stream()
            .filter(p -> p.name().equals(functionOrSection))
            .findFirst()
            .or(() -> specs.stream().filter(p -> p.section().equals(functionOrSection)).findFirst())
            .orElseThrow(() ->
                new InvalidProgramException(
                    name
                        + ": expected a program or section named "
                        + functionOrSection
                        + ", found "
                        + specs.stream().map(p -> p.section() + " " + p.name()).toList())));
  }

  /**
   * A program over this instance's maps, loaded.
   *
   * @throws KernelRefusal if the verifier refuses it, or no kernel runs its kind
   */
  public KernelProgram program(ProgramSpec spec) {
    KernelProgram known = loaded.get(spec);
    if (known != null) {
      return known;
    }
    String where = name + ": " + spec.name();
    SectionKind kind = kind(spec, where);
    dev.scr.linux.bpf.ProgramSpec wanted =
        dev.scr.linux.bpf.ProgramSpec.of(
                spec.name(), kind.type(), license, Codec.encode(linked(spec, where)))
            .withExpectedAttachType(kind.attachType());
    KernelProgram program = new KernelProgram(spec, where, load(spec, wanted, where));
    loaded.put(spec, program);
    return program;
  }

  /** Frees a loaded program; nothing happens if it is not loaded. */
  public void drop(ProgramSpec spec) {
    KernelProgram program = loaded.remove(spec);
    if (program != null) {
      program.close();
    }
  }

  private static BpfProgram load(
      ProgramSpec spec, dev.scr.linux.bpf.ProgramSpec wanted, String where) {
    try {
      if (!KernelTypes.wantsFunctions(spec)) {
        return BpfProgram.load(wanted);
      }
      try (KernelBtf types = KernelBtf.load(KernelTypes.ofFunctions(spec))) {
        return BpfProgram.load(
            wanted.withDebug(
                new Debug(
                    types,
                    KernelTypes.FUNCTION_RECORD_BYTES,
                    KernelTypes.functionRecords(spec),
                    0,
                    new byte[0])));
      }
    } catch (ProgramRefused e) {
      throw KernelRefusal.of(where, e);
    } catch (SystemCallException e) {
      throw KernelRefusal.of(where, e);
    }
  }

  private static SectionKind kind(ProgramSpec spec, String where) {
    int code = spec.type().code();
    return SectionKind.of(spec.section())
        .filter(kind -> code == 0 || kind.type().number() == code)
        .or(() -> ProgramType.of(code).map(type -> new SectionKind(spec.section(), type, 0)))
        .orElseThrow(() ->
            KernelRefusal.expected(
                where,
                "expected a section whose kind of program is known (xdp, tc, socket, …), found "
                    + spec.section()));
  }

  /** The instructions with descriptors in place of indexes into the list of maps. */
  private List<Instruction> linked(ProgramSpec spec, String where) {
    List<Instruction> instructions = new ArrayList<>(spec.code().instructions());
    for (int i = 0; i < instructions.size(); i++) {
      if (instructions.get(i) instanceof LoadWide wide) {
        instructions.set(i, linked(wide, where + ": insn " + spec.code().slot(i)));
      }
    }
    return instructions;
  }

  private LoadWide linked(LoadWide wide, String where) {
    return switch (wide.source()) {
      case MAP_INDEX -> new LoadWide(wide.dst(), WideSource.MAP_FD, fd(wide.imm(), where), 0);
      case MAP_INDEX_VALUE ->
          new LoadWide(wide.dst(), WideSource.MAP_FD_VALUE, fd(wide.imm(), where), wide.nextImm());
      case CONSTANT, MAP_FD, MAP_FD_VALUE, VARIABLE, CODE -> wide;
    };
  }

  private int fd(int map, String where) {
    if (map < 0 || map >= maps.size()) {
      throw KernelRefusal.expected(where, "expected a map below " + maps.size() + ", found " + map);
    }
    return maps.get(map).fd();
  }

  /** Makes a tail call through a map of programs reach a program of this instance. */
  public void setTailCall(String map, int index, String functionOrSection) {
    setTailCall(map, index, program(functionOrSection));
  }

  /** Makes a tail call through a map of programs reach a loaded program. */
  public void setTailCall(String map, int index, KernelProgram program) {
    map(map).update(littleEndian(index), littleEndian(program.loaded().fd()));
  }

  /** Makes a map of maps hold another map of this instance, which programs find under a key. */
  public void setInnerMap(String outer, byte[] key, String inner) {
    map(outer).update(key, littleEndian(map(inner).fd()));
  }

  private static byte[] littleEndian(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  /** What messages call the object. */
  public String name() {
    return name;
  }

  /** The programs that can be loaded, in the order of the object. */
  public List<ProgramSpec> programs() {
    return specs;
  }

  /** The maps in the order of the object. */
  public List<KernelMap> maps() {
    return List.copyOf(maps);
  }

  /** The map with this name; throws {@link InvalidProgramException} if there is none. */
  public KernelMap map(String map) {
    return maps.stream()
        .filter(m -> m.spec().name().equals(map))
        .findFirst()
        .orElseThrow(() ->
            new InvalidProgramException(
                name
                    + ": expected a map named "
                    + map
                    + ", found "
                    + maps.stream().map(m -> m.spec().name()).toList()));
  }

  @Override
  public void close() {
    loaded.values().forEach(KernelProgram::close);
    loaded.clear();
    maps.forEach(KernelMap::close);
    maps.clear();
  }

  /** Collects what an instance needs. */
  public static final class Builder {
    private final String name;
    private final String license;
    private final Optional<Btf> types;
    private final List<MapSpec> maps;
    private final List<ProgramSpec> programs;
    private final List<GlobalVariable> variables;
    private final Map<GlobalVariable, byte[]> constants = new LinkedHashMap<>();
    private final Set<String> shared = new HashSet<>();
    private final Map<String, MapSpec> inner = new HashMap<>();

    private Builder(
        String name,
        String license,
        Optional<Btf> types,
        List<MapSpec> maps,
        List<ProgramSpec> programs,
        List<GlobalVariable> variables) {
      this.name = name;
      this.license = license;
      this.types = types;
      this.maps = List.copyOf(maps);
      this.programs = List.copyOf(programs);
      this.variables = List.copyOf(variables);
    }

    /** Makes an array map such that {@link KernelMap#memory} works. */
    public Builder shared(String map) {
      shared.add(map);
      return this;
    }

    /** Says what the maps in a map of maps are like; the kernel wants to know. */
    public Builder inner(String map, MapSpec template) {
      inner.put(map, template);
      return this;
    }

    /**
     * Sets a global variable before programs exist.
     *
     * @param bytes exactly the variable's size, little-endian
     * @throws InvalidProgramException if there is no such variable, or it has another size
     */
    public Builder rodata(String variable, byte[] bytes) {
      GlobalVariable found = GlobalVariable.named(name, variables, variable);
      if (bytes.length != found.size()) {
        throw new InvalidProgramException(
            "%s: variable %s: expected %d bytes, found %d"
                .formatted(name, variable, found.size(), bytes.length));
      }
      constants.put(found, bytes.clone());
      return this;
    }

    /** Creates the maps. */
    public KernelInstance build() {
      return new KernelInstance(this);
    }
  }
}
