package dev.scr.ebpf.machine;

import static java.lang.constant.ConstantDescs.CD_byte;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_short;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.map.Memory;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.ByteOrder;
import java.util.Set;

/**
 * How compiled programs reach memory by address. Neither way checks anything; they differ in what
 * they cost HotSpot.
 */
enum MemoryDoor {
  /**
   * {@code jdk.internal.misc.Unsafe}: one intrinsic for each access, for both of HotSpot's
   * compilers. Needs {@code --add-exports java.base/jdk.internal.misc=ALL-UNNAMED}, which {@code
   * scr} and its jar's manifest have.
   */
  UNSAFE {
    @Override
    void push(CodeBuilder out, MemSize size) {
      out.invokestatic(CD_UNSAFE, "getUnsafe", MethodTypeDesc.of(CD_UNSAFE));
    }

    @Override
    void get(CodeBuilder out, MemSize size) {
      out.invokevirtual(CD_UNSAFE, "get" + word(size), MethodTypeDesc.of(carrier(size), CD_long));
    }

    @Override
    void set(CodeBuilder out, MemSize size) {
      MethodTypeDesc type = MethodTypeDesc.of(CD_void, CD_long, carrier(size));
      out.invokevirtual(CD_UNSAFE, "put" + word(size), type);
    }

    private static String word(MemSize size) {
      return switch (size) {
        case B -> "Byte";
        case H -> "Short";
        case W -> "Int";
        case DW -> "Long";
      };
    }
  },

  /**
   * {@code MemorySegment.get} and {@code set} on the segment of all memory, everywhere allowed.
   * Each access is some twenty inlined methods: C1 gives up on a long program and C2 takes seconds,
   * so that it is interpreted meanwhile.
   */
  SEGMENT {
    @Override
    void push(CodeBuilder out, MemSize size) {
      String layout =
          switch (size) {
            case B -> "BYTE";
            case H -> "SHORT";
            case W -> "INT";
            case DW -> "LONG";
          };
      out.getstatic(CD_MEMORY, "ALL", CD_SEGMENT).getstatic(CD_MEMORY, layout, layoutType(size));
    }

    @Override
    void get(CodeBuilder out, MemSize size) {
      MethodTypeDesc type = MethodTypeDesc.of(carrier(size), layoutType(size), CD_long);
      out.invokeinterface(CD_SEGMENT, "get", type);
    }

    @Override
    void set(CodeBuilder out, MemSize size) {
      MethodTypeDesc type = MethodTypeDesc.of(CD_void, layoutType(size), CD_long, carrier(size));
      out.invokeinterface(CD_SEGMENT, "set", type);
    }

    private static ClassDesc layoutType(MemSize size) {
      return switch (size) {
        case B -> CD_LAYOUT.nested("OfByte");
        case H -> CD_LAYOUT.nested("OfShort");
        case W -> CD_LAYOUT.nested("OfInt");
        case DW -> CD_LAYOUT.nested("OfLong");
      };
    }
  };

  private static final ClassDesc CD_UNSAFE = ClassDesc.of("jdk.internal.misc.Unsafe");
  private static final ClassDesc CD_MEMORY = ClassDesc.of(Memory.class.getName());
  private static final ClassDesc CD_SEGMENT = ClassDesc.of("java.lang.foreign.MemorySegment");
  private static final ClassDesc CD_LAYOUT = ClassDesc.of("java.lang.foreign.ValueLayout");

  /** Processors that access memory at any alignment. */
  private static final Set<String> UNALIGNED = Set.of("amd64", "x86_64", "aarch64");

  /** The best one that this JVM allows. */
  static MemoryDoor best() {
    return UNSAFE.isAllowed() ? UNSAFE : SEGMENT;
  }

  /** Whether compiled programs of this JVM may use it. */
  boolean isAllowed() {
    return this == SEGMENT
        || (Object.class.getModule().isExported("jdk.internal.misc", getClass().getModule())
            && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
            && UNALIGNED.contains(System.getProperty("os.arch")));
  }

  /** Pushes what an access is called on; the address follows, for a store then the value. */
  abstract void push(CodeBuilder out, MemSize size);

  /** Loads from the address on the stack; a {@link #carrier} is left there. */
  abstract void get(CodeBuilder out, MemSize size);

  /** Stores the {@link #carrier} on the stack to the address below it. */
  abstract void set(CodeBuilder out, MemSize size);

  /** What an access of this size has on the operand stack. */
  static ClassDesc carrier(MemSize size) {
    return switch (size) {
      case B -> CD_byte;
      case H -> CD_short;
      case W -> CD_int;
      case DW -> CD_long;
    };
  }
}
