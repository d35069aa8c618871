package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.map.ArrayMap;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.HashTableMap;
import dev.scr.ebpf.map.Memory;
import dev.scr.ebpf.map.ProgArrayMap;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a program can reach: maps, stack, context, packet, clock. One per instance, used by one
 * thread at a time. Public only for generated code.
 */
public abstract sealed class Environment extends EnvironmentPadding permits PaddedEnvironment {
  /** Bytes of a function's stack. */
  static final int FRAME_BYTES = 512;

  /** Tail calls in a row, as in the kernel. */
  static final int MAX_TAIL_CALLS = 33;

  /** Instructions a checked run may take before it is called endless. */
  static final long MAX_STEPS = 1L << 26;

  private static final int STACK_BYTES =
      (ControlFlow.MAX_CALL_DEPTH + MAX_TAIL_CALLS + 1) * FRAME_BYTES;
  private static final int CONTEXT_BYTES = 2 * ContextLayout.SK_BUFF.size();

  final List<BpfMap> maps;

  /** The maps by number, for compiled programs. */
  final BpfMap[] mapsByNumber;

  /** Address of each map's first value or record, for compiled programs; 0 where there is none. */
  final long[] addresses;

  final List<Executable> executables = new ArrayList<>();
  final LongSupplier clock;
  final int cpu;
  final long stackTop;
  final long stackBottom;
  final long context;

  /** Eight bytes for helpers that need a key in memory. */
  final long scratch;

  /** Registers of functions that were cut into parts, 11 for each frame. */
  final long[] registers = new long[STACK_BYTES / FRAME_BYTES * 11];

  ContextLayout layout = ContextLayout.MEMORY;
  boolean checked = true;

  /** Whether other threads use the same maps. */
  boolean shared;

  long bufferStart;
  long bufferEnd;
  long packetMeta;
  long packetStart;
  long packetEnd;

  /** Lowest stack address that the running function may touch. */
  long stackLimit;

  long steps;

  /** Slot of the instruction that a checked compiled program is at. */
  int at;

  int tailCalls;
  int redirectTarget;
  Consumer<String> tracer = _ -> {};

  /** Who is told the keys of lookups; nobody in the usual case. */
  @Nullable LookupObserver lookups;

  /** Whether helpers that this machine does not know answer something. */
  boolean opaqueHelpers;

  private long random;
  private long opaqueAnswers;

  Environment(List<BpfMap> maps, LongSupplier clock, int cpu, long seed, Arena arena) {
    this.maps = maps;
    this.mapsByNumber = maps.toArray(BpfMap[]::new);
    this.addresses = maps.stream().mapToLong(Environment::firstAddress).toArray();
    this.clock = clock;
    this.cpu = cpu;
    this.random = seed;
    this.stackBottom = Memory.lines(arena, STACK_BYTES);
    this.stackTop = stackBottom + STACK_BYTES;
    this.stackLimit = stackTop;
    this.scratch = Memory.lines(arena, 8);
    this.context = Memory.lines(arena, CONTEXT_BYTES);
  }

  private static long firstAddress(BpfMap map) {
    return switch (map) {
      case ArrayMap array -> array.address();
      case HashTableMap hash -> hash.recordsAddress();
      default -> 0;
    };
  }

  /** Sets the packet and resets what belongs to one run. */
  void begin(ContextLayout newLayout, long buffer, long bufferBytes, long start, long length) {
    if (layout != newLayout) {
      changeLayout(newLayout);
    }
    bufferStart = buffer;
    bufferEnd = buffer + bufferBytes;
    packetStart = start;
    packetMeta = start;
    packetEnd = start + length;
    stackLimit = stackTop;
    steps = 0;
    tailCalls = 0;
    redirectTarget = 0;
    // A run starts a sequence of its own, however many answers the run before has used.
    opaqueAnswers = (opaqueAnswers | 0xffff) + 1;
    writePacketFields();
  }

  /**
   * Not with every packet: storing a reference makes the collector note, in memory that it keeps
   * for all threads, which part of the heap the object is in; workers would write the same cache
   * line.
   */
  private void changeLayout(ContextLayout newLayout) {
    layout = newLayout;
  }

  /** Writes the packet's bounds into the context. */
  void writePacketFields() {
    switch (layout) {
      case MEMORY -> {}
      case XDP -> {
        setField(ContextLayout.XDP_DATA, packetStart);
        setField(ContextLayout.XDP_DATA_END, packetEnd);
        setField(ContextLayout.XDP_DATA_META, packetMeta);
      }
      case SK_BUFF -> {
        setField(ContextLayout.SKB_LEN, packetEnd - packetStart);
        setField(ContextLayout.SKB_DATA, packetStart);
        setField(ContextLayout.SKB_DATA_END, packetEnd);
        setField(ContextLayout.SKB_DATA_META, packetMeta);
      }
    }
  }

  void setField(int offset, long value) {
    Memory.store(ContextLayout.room(offset), context + ContextLayout.place(offset), value);
  }

  boolean isContext(long address) {
    long offset = address - context;
    return offset >= 0 && offset < layout.size();
  }

  /** A program's load from its context. */
  long loadContext(MemSize size, long address) {
    int offset = (int) (address - context);
    if (checked && !layout.allows(offset, size.bytes(), false)) {
      throw new Fault(contextFault(offset, size, "readable"));
    }
    long field = Memory.load(MemSize.DW, context + ContextLayout.place(offset));
    if (layout.isPointer(offset & ~3)) {
      return field;
    }
    long value = field >>> (8 * (offset & 3));
    return size == MemSize.DW ? value : value & ((1L << size.bits()) - 1);
  }

  /** A program's store to its context. */
  void storeContext(MemSize size, long address, long value) {
    int offset = (int) (address - context);
    if (!layout.allows(offset, size.bytes(), true)) {
      throw new Fault(contextFault(offset, size, "writable"));
    }
    Memory.store(size, context + ContextLayout.place(offset) + (offset & 3), value);
  }

  private String contextFault(int offset, MemSize size, String kind) {
    return "expected a "
        + kind
        + " field of the context, found offset "
        + offset
        + " size "
        + size.bytes();
  }

  /** Whether a program may read these bytes. */
  boolean readable(long address, long bytes) {
    return inStack(address, bytes) || inPacket(address, bytes) || inMaps(address, bytes, false);
  }

  /** Whether a program may write these bytes. */
  boolean writable(long address, long bytes) {
    return inStack(address, bytes) || inPacket(address, bytes) || inMaps(address, bytes, true);
  }

  void requireReadable(long address, long bytes) {
    if (!readable(address, bytes)) {
      throw new Fault("expected " + bytes + " readable bytes, found " + describe(address));
    }
  }

  void requireReadableIfChecked(long address, long bytes) {
    if (checked) {
      requireReadable(address, bytes);
    }
  }

  /** {@code bpf_trace_printk}: hands over the format as it is. */
  long trace(long format, long bytes) {
    requireReadableIfChecked(format, bytes);
    byte[] text = Memory.bytes(format, Math.clamp(bytes, 0, FRAME_BYTES));
    tracer.accept(new String(text, StandardCharsets.UTF_8).replace("\0", ""));
    return bytes;
  }

  void requireWritable(long address, long bytes) {
    if (!writable(address, bytes)) {
      throw new Fault("expected " + bytes + " writable bytes, found " + describe(address));
    }
  }

  private boolean inStack(long address, long bytes) {
    return bytes >= 0 && address >= stackLimit && address <= stackTop - bytes;
  }

  private boolean inPacket(long address, long bytes) {
    return bytes >= 0 && address >= packetMeta && address <= packetEnd - bytes;
  }

  private boolean inMaps(long address, long bytes, boolean write) {
    for (int i = 0; i < maps.size(); i++) {
      BpfMap map = maps.get(i);
      if (map.covers(address, bytes)) {
        return !(write && map.spec().readOnly());
      }
    }
    return false;
  }

  /** Where an address lies, for messages. */
  String describe(long address) {
    String hex = "address 0x" + Long.toHexString(address);
    if (Handles.isMap(address)) {
      return hex + " (a map, not memory)";
    }
    if (address == 0) {
      return hex + " (null)";
    }
    for (BpfMap map : maps) {
      if (map.covers(address, 1)) {
        return hex
            + " (in a value of map "
            + map.spec().name()
            + (map.spec().readOnly() ? ", read-only)" : ")");
      }
    }
    if (address >= stackBottom - FRAME_BYTES && address < stackTop + FRAME_BYTES) {
      return hex + " (stack, " + (address - stackTop) + " from its top)";
    }
    if (address >= packetMeta - 4096 && address < packetEnd + 4096) {
      return hex
          + " (packet + "
          + (address - packetStart)
          + ", packet has "
          + (packetEnd - packetStart)
          + " bytes)";
    }
    return hex + (isContext(address) ? " (context)" : " (in no region)");
  }

  /** The map of a handle. */
  BpfMap map(long handle) {
    if (!Handles.isMap(handle) || Handles.mapIndex(handle) >= maps.size()) {
      throw new Fault("expected a map, found " + describe(handle));
    }
    return maps.get(Handles.mapIndex(handle));
  }

  /** Address of the first value of an array map, for {@code map[idx:N][0]+offset}. */
  long valueAddress(int map, int offset) {
    requireArray(map);
    return addresses[map] + offset;
  }

  void requireArray(int map) {
    if (!(maps.get(map) instanceof ArrayMap)) {
      throw new Fault("expected an array map, found " + maps.get(map).spec().type());
    }
  }

  /**
   * The program that a tail call goes to; null if there is none or too many calls happened already.
   */
  @Nullable Executable tailCall(long mapHandle, long index) {
    if (!(map(mapHandle) instanceof ProgArrayMap programs)) {
      throw new Fault("expected a prog_array map, found " + describe(mapHandle));
    }
    int number = programs.program((int) index) - 1;
    if (number < 0 || number >= executables.size() || tailCalls >= MAX_TAIL_CALLS) {
      return null;
    }
    tailCalls++;
    return executables.get(number);
  }

  /** Calls a function by its handle, one frame below {@code frame}. */
  long callFunction(long handle, long frame, long r1, long r2, long r3, long r4) {
    if (!Handles.isFunction(handle) || Handles.program(handle) >= executables.size()) {
      throw new Fault("expected a function, found " + describe(handle));
    }
    return executables
        .get(Handles.program(handle))
        .call(Handles.functionNumber(handle), this, frame - FRAME_BYTES, r1, r2, r3, r4, 0);
  }

  /** Where the registers of the function with this frame start in {@link #registers}. */
  int registerBase(long frame) {
    return (int) (stackTop - frame) / FRAME_BYTES * 11;
  }

  /** A function of a checked compiled program begins. */
  void enter(long frame) {
    stackLimit = frame - FRAME_BYTES;
    if (stackLimit < stackBottom) {
      throw new Fault("expected room for a stack frame, found none");
    }
  }

  /** A function of a checked compiled program ends; its frame lies below that of the caller. */
  void leave(long frame) {
    stackLimit = frame;
  }

  /** Counts instructions and stops an endless program. */
  void countSteps(int more) {
    steps += more;
    if (steps > MAX_STEPS) {
      throw new Fault("expected an end within " + MAX_STEPS + " steps, found none");
    }
  }

  /**
   * What a helper that this machine does not know answers: as often 0, an error or a small number
   * as anything else, and the same sequence in every instance that runs the same inputs.
   */
  long opaqueAnswer(long number) {
    long mixed = (++opaqueAnswers + (number << 32)) * 0x9e37_79b9_7f4a_7c15L;
    mixed = (mixed ^ (mixed >>> 29)) * 0xbf58_476d_1ce4_e5b9L;
    mixed ^= mixed >>> 32;
    return switch ((int) (mixed & 7)) {
      case 0, 1, 2 -> 0;
      case 3 -> -(1 + (mixed >>> 8 & 63));
      case 4, 5 -> 1 + (mixed >>> 8 & 255);
      default -> mixed >>> 16 & 0xffff_ffffL;
    };
  }

  /** The next random number: the same sequence in every instance with the same seed. */
  long nextRandom() {
    random += 0x9e37_79b9_7f4a_7c15L;
    long x = (random ^ (random >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return (x ^ (x >>> 31)) & 0xffff_ffffL;
  }
}
