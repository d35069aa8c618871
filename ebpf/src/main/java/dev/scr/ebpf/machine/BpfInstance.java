package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.map.ArrayMap;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.MapOfMaps;
import dev.scr.ebpf.map.Maps;
import dev.scr.ebpf.map.Memory;
import dev.scr.ebpf.map.ProgArrayMap;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.GlobalVariable;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A private copy of an object's maps and programs: one per replica. It may be handed from thread to
 * thread, but is used by one at a time. Closing it frees the maps; programs must not run
 * afterwards.
 */
public final class BpfInstance implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final String name;
  private final Engine engine;
  private final Translation translation;
  private final Environment environment;
  private final List<BpfMap> maps;
  private final List<ProgramSpec> specs;
  private final Map<Loaded, Executable> loaded = new HashMap<>();

  /** A program is compiled once for each kind of context. */
  private record Loaded(ProgramSpec spec, ContextLayout layout) {}

  private BpfInstance(Builder builder) {
    this.name = builder.name;
    this.engine = builder.engine;
    this.specs = builder.programs;
    this.translation = builder.translation;
    this.maps = new ArrayList<>();
    try {
      for (int i = 0; i < builder.maps.size(); i++) {
        maps.add(
            builder.owner == null
                ? Maps.create(builder.maps.get(i), arena, builder.shared)
                : builder.owner.maps.get(i));
      }
      builder.constants.forEach(this::setConstant);
      this.environment =
          new PaddedEnvironment(List.copyOf(maps), builder.clock, builder.cpu, builder.seed, arena);
      environment.tracer = builder.tracer;
      environment.shared = builder.shared;
      environment.checked = engine.checked();
      environment.lookups = builder.lookups;
      environment.opaqueHelpers = builder.opaqueHelpers && engine == Engine.INTERPRETER;
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** An instance with the default clock ({@link System#nanoTime}). */
  public static BpfInstance create(BpfObject object, Engine engine) {
    return builder(object).engine(engine).build();
  }

  /** Prepares an instance of an object. */
  public static Builder builder(BpfObject object) {
    return new Builder(object.name(), object.maps(), object.programs(), object.variables());
  }

  /** Prepares an instance for programs that do not come from a file. */
  public static Builder builder(List<MapSpec> maps) {
    return new Builder("program", maps, List.of(), List.of());
  }

  /**
   * The XDP program with this function name, else the first one in the section of this name.
   *
   * @throws InvalidProgramException if there is none or it cannot run here
   */
  public XdpProgram xdp(String functionOrSection) {
    return xdp(spec(functionOrSection));
  }

  /** A program as XDP program. */
  public XdpProgram xdp(ProgramSpec spec) {
    return new XdpProgram(load(spec, ContextLayout.XDP), environment, arena);
  }

  /** A compiled program as XDP program, for tests. */
  XdpProgram xdp(Executable compiled) {
    environment.executables.add(compiled);
    return new XdpProgram(compiled, environment, arena);
  }

  /**
   * The socket filter or tc program with this function name, else the first one in the section of
   * this name.
   */
  public SkbProgram skb(String functionOrSection) {
    return skb(spec(functionOrSection));
  }

  /** A program as socket filter or tc program. */
  public SkbProgram skb(ProgramSpec spec) {
    return new SkbProgram(load(spec, ContextLayout.SK_BUFF), environment);
  }

  /**
   * Makes a tail call through a {@code prog_array} map reach a program of the same kind.
   *
   * @throws InvalidProgramException if there is no such map or program
   */
  public void setTailCall(String map, int index, String functionOrSection) {
    setTailCall(map, index, spec(functionOrSection));
  }

  /** As {@link #setTailCall(String, int, String)}, to a program that need not be the object's. */
  public void setTailCall(String map, int index, ProgramSpec spec) {
    if (!(map(map) instanceof ProgArrayMap programs)) {
      throw new InvalidProgramException(
          name + ": map " + map + ": expected type prog_array, found " + map(map).spec().type());
    }
    Executable target = load(spec, ContextLayout.of(spec.type()));
    programs.set(index, environment.executables.indexOf(target) + 1);
  }

  /**
   * Makes a map of maps hold another map of this instance, which programs find under a key.
   *
   * @throws InvalidProgramException if there are no such maps
   * @throws dev.scr.ebpf.map.MapException if the inner map does not fit in
   */
  public void setInnerMap(String outer, byte[] key, String inner) {
    if (!(map(outer) instanceof MapOfMaps holder)) {
      throw new InvalidProgramException(
          name
              + ": map "
              + outer
              + ": expected type array_of_maps or hash_of_maps, found "
              + map(outer).spec().type());
    }
    BpfMap held = map(inner);
    if (held instanceof MapOfMaps) {
      throw new InvalidProgramException(
          name + ": map " + inner + ": expected a map with values, found " + held.spec().type());
    }
    holder.set(key, held, Handles.map(maps.indexOf(held)));
  }

  /** A program that gets plain memory, not a packet. */
  public MemoryProgram memoryProgram(ProgramSpec spec) {
    return new MemoryProgram(load(spec, ContextLayout.MEMORY), environment);
  }

  /** The maps in the order of the object. */
  public List<BpfMap> maps() {
    return List.copyOf(maps);
  }

  /** The map with this name; throws {@link InvalidProgramException} if there is none. */
  public BpfMap map(String map) {
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

  /** How programs are executed. */
  public Engine engine() {
    return engine;
  }

  @Override
  public void close() {
    arena.close();
  }

  private ProgramSpec spec(String functionOrSection) {
    Optional<ProgramSpec> byName =
        specs.stream().filter(p -> p.name().equals(functionOrSection)).findFirst();
    return byName
        .or(() -> specs.stream().filter(p -> p.section().equals(functionOrSection)).findFirst())
        .orElseThrow(() ->
            new InvalidProgramException(
                name
                    + ": expected a program or section named "
                    + functionOrSection
                    + ", found "
                    + specs.stream().map(p -> p.section() + " " + p.name()).toList()));
  }

  private Executable load(ProgramSpec spec, ContextLayout layout) {
    Executable known = loaded.get(new Loaded(spec, layout));
    if (known != null) {
      return known;
    }
    ControlFlow flow = LoadChecks.check(name, spec, layout, maps, environment.opaqueHelpers);
    int number = environment.executables.size();
    Executable executable =
        switch (engine) {
          case INTERPRETER -> new Interpreter(spec, flow, number);
          case JVM, JVM_CHECKED -> JvmCompiler.compile(unit(spec, layout, flow));
        };
    environment.executables.add(executable);
    loaded.put(new Loaded(spec, layout), executable);
    return executable;
  }

  /** What the compiler gets of the next program. */
  JvmCompiler.Unit unit(ProgramSpec spec, ContextLayout layout, ControlFlow flow) {
    return new JvmCompiler.Unit(
        spec,
        flow,
        RegisterKinds.of(spec.code(), flow, layout != ContextLayout.MEMORY),
        KnownPointers.of(spec.code(), flow),
        environment,
        layout,
        environment.executables.size(),
        translation,
        engine.checked());
  }

  private void setConstant(GlobalVariable variable, byte[] bytes) {
    if (bytes.length != variable.size()) {
      throw new InvalidProgramException(
          name
              + ": variable "
              + variable.name()
              + ": expected "
              + variable.size()
              + " bytes, found "
              + bytes.length);
    }
    if (maps.get(variable.map()) instanceof ArrayMap data) {
      Memory.store(data.address() + variable.offset(), bytes);
    }
  }

  /** Collects what an instance needs. */
  public static final class Builder {
    private final String name;
    private final List<MapSpec> maps;
    private final List<ProgramSpec> programs;
    private final List<GlobalVariable> variables;
    private final Map<GlobalVariable, byte[]> constants = new LinkedHashMap<>();
    private Engine engine = Engine.INTERPRETER;
    private LongSupplier clock = System::nanoTime;
    private Consumer<String> tracer = _ -> {};
    private @Nullable BpfInstance owner;
    private @Nullable LookupObserver lookups;
    private boolean opaqueHelpers;
    private boolean shared;
    private Translation translation = Translation.best();
    private int cpu;
    private long seed;

    private Builder(
        String name,
        List<MapSpec> maps,
        List<ProgramSpec> programs,
        List<GlobalVariable> variables) {
      this.name = name;
      this.maps = List.copyOf(maps);
      this.programs = List.copyOf(programs);
      this.variables = List.copyOf(variables);
    }

    /** How programs are executed. */
    public Builder engine(Engine value) {
      engine = value;
      return this;
    }

    /**
     * Lets several threads use the maps at once, each with its own instance: atomic instructions
     * and spin locks work among threads, and hash tables are guarded. The others are built with
     * {@link #sharing}.
     */
    public Builder shared() {
      shared = true;
      return this;
    }

    /**
     * Uses the maps of an instance of the same object that was built with {@link #shared()}; it
     * must be closed last.
     *
     * @throws InvalidProgramException if the instance has other maps or keeps them for itself
     */
    public Builder sharing(BpfInstance instance) {
      List<MapSpec> theirs = instance.maps.stream().map(BpfMap::spec).toList();
      if (!instance.environment.shared || !theirs.equals(maps)) {
        throw new InvalidProgramException(
            name
                + ": expected a shared instance with the same maps, found "
                + instance.name
                + " with "
                + theirs.stream().map(MapSpec::name).toList());
      }
      owner = instance;
      shared = true;
      return this;
    }

    /** How programs are compiled, if not in the best way; for tests. */
    Builder translation(Translation value) {
      translation = value;
      return this;
    }

    /** What {@code bpf_ktime_get_ns} answers, in nanoseconds. */
    public Builder clock(LongSupplier value) {
      clock = value;
      return this;
    }

    /** Who is told what {@code bpf_trace_printk} prints: the format, without its arguments. */
    public Builder tracer(Consumer<String> value) {
      tracer = value;
      return this;
    }

    /** Who is told the keys of lookups by helper calls; for the interpreter. */
    public Builder onLookup(LookupObserver value) {
      lookups = value;
      return this;
    }

    /**
     * Lets the interpreter run programs that call helpers it does not know: they answer a number
     * and write nothing. For comparing programs, not for what they do.
     */
    public Builder opaqueHelpers() {
      opaqueHelpers = true;
      return this;
    }

    /** What {@code bpf_get_smp_processor_id} answers. */
    public Builder cpu(int value) {
      cpu = value;
      return this;
    }

    /** Start of the sequence that {@code bpf_get_prandom_u32} answers. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * Sets a global variable ({@code .rodata}, {@code .data} or {@code .bss}) before programs
     * exist.
     *
     * @param bytes exactly the variable's size, little-endian
     */
    public Builder rodata(String variable, byte[] bytes) {
      GlobalVariable found = GlobalVariable.named(name, variables, variable);
      constants.put(found, bytes.clone());
      return this;
    }

    /** Creates the instance. */
    public BpfInstance build() {
      return new BpfInstance(this);
    }
  }
}
