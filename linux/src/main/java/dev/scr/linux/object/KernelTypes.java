package dev.scr.linux.object;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramSpec.FunctionStart;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The little type information that the kernel insists on, made for the purpose: function names for
 * programs with callbacks, and where the lock is in values that have one. An object's own BTF is
 * not handed over, since compilers leave gaps in it that a linker would have to fill. The format is
 * that of the kernel's {@code Documentation/bpf/btf.rst}.
 */
final class KernelTypes {
  /** Size of a record in {@link #functionRecords}: instruction offset and type. */
  static final int FUNCTION_RECORD_BYTES = 8;

  /** The value's type in {@link #ofLockedValue}. */
  static final int VALUE = 5;

  private static final int MAGIC = 0xeb9f;
  private static final int HEADER_BYTES = 24;
  private static final int KIND_INT = 1;
  private static final int KIND_ARRAY = 3;
  private static final int KIND_STRUCT = 4;
  private static final int KIND_FUNC = 12;
  private static final int KIND_FUNC_PROTO = 13;
  private static final int SIGNED = 1 << 24;

  private final ByteArrayOutputStream types = new ByteArrayOutputStream();
  private final ByteArrayOutputStream names = new ByteArrayOutputStream();

  private KernelTypes() {
    names.write(0);
  }

  /** Whether the verifier wants to know the program's functions: it has callbacks. */
  static boolean wantsFunctions(ProgramSpec spec) {
    return spec.code().instructions().stream().anyMatch(KernelTypes::isCallback);
  }

  private static boolean isCallback(Instruction insn) {
    return insn instanceof LoadWide wide && wide.source() == WideSource.CODE;
  }

  /** A section {@code .BTF}: an integer, a prototype, and from type 3 on a function each. */
  static byte[] ofFunctions(ProgramSpec spec) {
    KernelTypes made = new KernelTypes();
    made.type("int", KIND_INT, 0, 4, SIGNED | 32);
    made.type("", KIND_FUNC_PROTO, 0, 1);
    starts(spec).values().forEach(name -> made.type(name, KIND_FUNC, 0, 2));
    return made.section();
  }

  /** The records of the program's functions, for types of {@link #ofFunctions}. */
  static byte[] functionRecords(ProgramSpec spec) {
    List<Integer> slots = List.copyOf(starts(spec).keySet());
    byte[] records = new byte[slots.size() * FUNCTION_RECORD_BYTES];
    ByteBuffer out = littleEndian(records);
    for (int i = 0; i < slots.size(); i++) {
      out.putInt(slots.get(i)).putInt(3 + i);
    }
    return records;
  }

  /** First slot of every function, as the verifier finds them, and a name for it. */
  private static SortedMap<Integer, String> starts(ProgramSpec spec) {
    InstructionList code = spec.code();
    SortedMap<Integer, String> starts = new TreeMap<>();
    starts.put(0, spec.name());
    for (int i = 0; i < code.size(); i++) {
      if (code.get(i) instanceof CallLocal || isCallback(code.get(i))) {
        int slot = code.slot(code.target(i));
        starts.put(slot, "function_" + slot);
      }
    }
    for (FunctionStart function : spec.functions()) {
      starts.computeIfPresent(code.slot(function.index()), (_, _) -> function.name());
    }
    starts.replaceAll((_, name) -> name.replaceAll("[^A-Za-z0-9_]", "_"));
    return starts;
  }

  /** The key's type in {@link #ofLockedValue}; arrays insist on an integer. */
  static int key(int keyBytes) {
    return keyBytes == Integer.BYTES ? 1 : 3;
  }

  /** A section {@code .BTF} with a key of plain bytes and a value with a lock in it. */
  static byte[] ofLockedValue(int keyBytes, int valueBytes, int lockOffset) {
    KernelTypes made = new KernelTypes();
    made.type("int", KIND_INT, 0, 4, 32);
    made.type("char", KIND_INT, 0, 1, 8);
    made.type("", KIND_ARRAY, 0, 0, 2, 1, keyBytes);
    made.type("bpf_spin_lock", KIND_STRUCT, 1, 4, made.name("val"), 1, 0);
    made.type("value", KIND_STRUCT, 1, valueBytes, made.name("lock"), 4, lockOffset * 8);
    return made.section();
  }

  /** A type: its three common words, and those of its kind. */
  private void type(String name, int kind, int count, int sizeOrType, int... own) {
    byte[] bytes = new byte[(3 + own.length) * Integer.BYTES];
    ByteBuffer words = littleEndian(bytes);
    words.putInt(name(name)).putInt(kind << 24 | count).putInt(sizeOrType);
    for (int word : own) {
      words.putInt(word);
    }
    types.writeBytes(bytes);
  }

  private int name(String name) {
    if (name.isEmpty()) {
      return 0;
    }
    int offset = names.size();
    names.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    names.write(0);
    return offset;
  }

  private byte[] section() {
    byte[] section = new byte[HEADER_BYTES + types.size() + names.size()];
    littleEndian(section)
        .putShort((short) MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putInt(HEADER_BYTES)
        .putInt(0)
        .putInt(types.size())
        .putInt(types.size())
        .putInt(names.size())
        .put(types.toByteArray())
        .put(names.toByteArray());
    return section;
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
