package dev.scr.ebpf.machine;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.machine.JvmCompiler.Unit;
import dev.scr.ebpf.meaning.Code;
import dev.scr.ebpf.meaning.CodeBitVectors;
import dev.scr.ebpf.meaning.Meaning;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;

/**
 * Emits memory accesses: plain ones through the unit's {@link MemoryDoor}, or calls of {@link
 * Access} where the address must be looked at first.
 */
final class MemoryEmitter {
  private static final CodeBitVectors BV = CodeBitVectors.INSTANCE;
  private static final ClassDesc CD_SIZE = ClassDesc.of(MemSize.class.getName());
  private static final ClassDesc CD_ACCESS = ClassDesc.of(Access.class.getName());
  private static final MethodTypeDesc ADDRESS =
      MethodTypeDesc.of(CD_long, JvmCompiler.CD_ENVIRONMENT, CD_SIZE, CD_long);
  private static final MethodTypeDesc ADDRESS_VALUE =
      MethodTypeDesc.of(CD_void, JvmCompiler.CD_ENVIRONMENT, CD_SIZE, CD_long, CD_long);

  private static final MethodTypeDesc EXCHANGE =
      MethodTypeDesc.of(CD_boolean, JvmCompiler.CD_ENVIRONMENT, CD_SIZE, CD_long, CD_long, CD_long);

  private final CodeBuilder out;
  private final Unit unit;

  MemoryEmitter(CodeBuilder out, Unit unit) {
    this.out = out;
    this.unit = unit;
  }

  /**
   * The register value of a load.
   *
   * @param kind what the base register is
   * @param offset of the address to the base register
   */
  Code load(MemSize size, boolean signed, int kind, Code address, int offset) {
    if (!unit.checked()
        && kind == RegisterKinds.CONTEXT
        && unit.layout().allows(offset, size.bytes(), false)) {
      return field(size, signed, offset);
    }
    if (!unit.checked() && kind != RegisterKinds.MAYBE_CONTEXT && kind != RegisterKinds.CONTEXT) {
      return Meaning.loaded(BV, size, signed, plainLoad(size, address));
    }
    Code found =
        new Code.Computed(code -> {
          pushSize(code, size);
          address.push(code);
          code.invokestatic(CD_ACCESS, "load", ADDRESS);
        });
    // A packet pointer in the context is wider than the field that the program names.
    return signed ? Meaning.loaded(BV, size, true, found) : found;
  }

  private Code field(MemSize size, boolean signed, int offset) {
    Code context =
        new Code.Computed(
            code -> code.aload(0).getfield(JvmCompiler.CD_ENVIRONMENT, "context", CD_long));
    Code place = BV.add(context, BV.constant(ContextLayout.place(offset)));
    Code field = plainLoad(MemSize.DW, place);
    if (unit.layout().isPointer(offset & ~3)) {
      return field;
    }
    return Meaning.loaded(BV, size, signed, BV.shiftRight(field, BV.constant(8L * (offset & 3))));
  }

  void store(MemSize size, int kind, Code address, Code value) {
    if (!unit.checked() && kind != RegisterKinds.MAYBE_CONTEXT && kind != RegisterKinds.CONTEXT) {
      plainStore(size, address, value);
      return;
    }
    pushSize(out, size);
    address.push(out);
    value.push(out);
    out.invokestatic(CD_ACCESS, "store", ADDRESS_VALUE);
  }

  /** Pushes the address of an atomic operation. */
  void atomicAddress(MemSize size, Code address) {
    if (!unit.checked()) {
      address.push(out);
      return;
    }
    pushSize(out, size);
    address.push(out);
    out.invokestatic(CD_ACCESS, "atomic", ADDRESS);
  }

  /** Pushes whether a result could be stored because the memory still had the old value. */
  void exchange(MemSize size, Code address, Code old, Code value) {
    pushSize(out, size);
    address.push(out);
    old.push(out);
    value.push(out);
    out.invokestatic(CD_ACCESS, "exchange", EXCHANGE);
  }

  /** Pushes the address of a value in the packet, or 0. */
  void packetAddress(MemSize size, Code offset) {
    pushSize(out, size);
    offset.push(out);
    out.invokestatic(CD_ACCESS, "packet", ADDRESS);
  }

  private static void pushSize(CodeBuilder code, MemSize size) {
    code.aload(0).getstatic(CD_SIZE, size.name(), CD_SIZE);
  }

  /** A load without any check; bits above the size are undefined. */
  Code plainLoad(MemSize size, Code address) {
    return new Code.Computed(code -> {
      unit.translation().door().push(code, size);
      address.push(code);
      unit.translation().door().get(code, size);
      if (size != MemSize.DW) {
        code.i2l();
      }
    });
  }

  /** A store without any check. */
  void plainStore(MemSize size, Code address, Code value) {
    unit.translation().door().push(out, size);
    address.push(out);
    value.push(out);
    switch (size) {
      case B -> out.l2i().i2b();
      case H -> out.l2i().i2s();
      case W -> out.l2i();
      case DW -> {}
    }
    unit.translation().door().set(out, size);
  }
}
