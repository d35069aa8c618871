package dev.scr.ebpf.machine;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.scr.ebpf.isa.Helper;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.machine.JvmCompiler.Unit;
import dev.scr.ebpf.map.ArrayMap;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.HashTableMap;
import dev.scr.ebpf.meaning.Code;
import dev.scr.ebpf.meaning.CodeBitVectors;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Emits helper calls; operations on a map that is known when compiling are specialized for it. */
final class HelperEmitter {
  private static final CodeBitVectors BV = CodeBitVectors.INSTANCE;
  private static final ClassDesc CD_HELPER = ClassDesc.of(Helper.class.getName());
  private static final ClassDesc CD_HELPERS = ClassDesc.of(Helpers.class.getName());
  private static final ClassDesc CD_EXECUTABLE = ClassDesc.of(Executable.class.getName());
  private static final MethodTypeDesc CALL =
      MethodTypeDesc.of(
          CD_long,
          CD_HELPER,
          JvmCompiler.CD_ENVIRONMENT,
          CD_long,
          CD_long,
          CD_long,
          CD_long,
          CD_long,
          CD_long);
  private static final MethodTypeDesc CALL_NUMBER =
      MethodTypeDesc.of(
          CD_long,
          CD_long,
          JvmCompiler.CD_ENVIRONMENT,
          CD_long,
          CD_long,
          CD_long,
          CD_long,
          CD_long,
          CD_long);
  private static final MethodTypeDesc EXECUTE =
      MethodTypeDesc.of(
          CD_long,
          CD_int,
          JvmCompiler.CD_ENVIRONMENT,
          CD_long,
          CD_long,
          CD_long,
          CD_long,
          CD_long,
          CD_long);
  private static final MethodTypeDesc TAIL_CALL =
      MethodTypeDesc.of(CD_EXECUTABLE, CD_long, CD_long);

  private final CodeBuilder out;
  private final Unit unit;
  private final int[] locals;
  private final MemoryEmitter memory;
  private final FrameEmitter frame;
  private final MapEmitter maps;
  private int index;

  HelperEmitter(
      CodeBuilder out,
      Unit unit,
      int[] locals,
      MemoryEmitter memory,
      FrameEmitter frame,
      MapEmitter maps) {
    this.out = out;
    this.unit = unit;
    this.locals = locals;
    this.memory = memory;
    this.frame = frame;
    this.maps = maps;
  }

  private Code register(int number) {
    return new Code.Local(locals[number]);
  }

  /** Emits the call of a helper by the instruction at an index. */
  void call(int at, int number, Runnable exit) {
    index = at;
    Helper helper =
        Helper.ofNumber(number)
            .orElseThrow(() -> new IllegalStateException("refused when loaded: " + number));
    int map = unit.checked() ? -1 : unit.kinds().map(index, Reg.R1);
    if (helper == Helper.TAIL_CALL) {
      tailCall(exit);
    } else if (map >= 0 && helper == Helper.MAP_LOOKUP_ELEM) {
      lookup(helper, map);
    } else if (map >= 0 && helper == Helper.MAP_UPDATE_ELEM) {
      onMap(map, "update", 3);
    } else if (map >= 0 && helper == Helper.MAP_DELETE_ELEM) {
      onMap(map, "delete", 1);
    } else {
      general(helper);
    }
  }

  /** Any helper by its row. */
  private void general(Helper helper) {
    boolean seesFrame = frame.inLocals() && unit.pointers().passesFrame(index);
    if (seesFrame) {
      frame.flush(frame.all());
    }
    out.getstatic(CD_HELPER, helper.name(), CD_HELPER).aload(0);
    pushFrameAndArguments();
    out.invokestatic(CD_HELPERS, "call", CALL).lstore(locals[0]);
    if (seesFrame) {
      frame.reload(frame.all());
    }
  }

  private long argument(int r) {
    return unit.pointers().argument(index, Reg.of(r));
  }

  private boolean isInLocals(int r) {
    return frame.inLocals() && KnownPointers.isFrame(argument(r));
  }

  /** The helper whose number is in a register. */
  void callRegister(Reg helper) {
    register(helper.number()).push(out);
    out.aload(0);
    pushFrameAndArguments();
    out.invokestatic(CD_HELPERS, "callNumber", CALL_NUMBER).lstore(locals[0]);
  }

  private void pushFrameAndArguments() {
    register(Reg.FP.number()).push(out);
    for (int r = 1; r <= 5; r++) {
      register(r).push(out);
    }
  }

  private void tailCall(Runnable exit) {
    Label none = out.newLabel();
    Label end = out.newLabel();
    out.aload(0);
    register(2).push(out);
    register(3).push(out);
    out.invokevirtual(JvmCompiler.CD_ENVIRONMENT, "tailCall", TAIL_CALL);
    out.dup().ifnull(none);
    out.iconst_0().aload(0);
    register(Reg.FP.number()).push(out);
    register(1).push(out);
    for (int r = 2; r <= 5; r++) {
      out.lconst_0();
    }
    out.invokeinterface(CD_EXECUTABLE, "call", EXECUTE).lstore(locals[0]);
    exit.run();
    out.labelBinding(none).pop();
    general(Helper.TAIL_CALL);
    out.goto_(end).labelBinding(end);
  }

  private void lookup(Helper helper, int number) {
    BpfMap map = unit.environment().maps.get(number);
    switch (map) {
      case ArrayMap array -> {
        Code index = BV.zeroExtend(word(0, Integer.BYTES), 32);
        Code value = BV.add(maps.address(number), BV.multiply(index, BV.constant(array.stride())));
        Code count = BV.constant(map.spec().maxEntries());
        BV.choose(BV.lessSigned(index, count), value, BV.constant(0)).push(out);
        out.lstore(locals[0]);
      }
      case HashTableMap hash when LookupEmitter.covers(hash) -> {
        int keySize = map.spec().keySize();
        List<Code> words = new ArrayList<>();
        for (int at = 0; at < keySize; at += Long.BYTES) {
          words.add(word(at, Math.min(Long.BYTES, keySize - at)));
        }
        int temporary = Math.max(frame.firstFree(), maps.firstFree());
        new LookupEmitter(out, memory, hash, maps.address(number), temporary)
            .emit(words, locals[0]);
      }
      default -> general(helper);
    }
  }

  /** At most 8 bytes of the key that r2 points to, zero-extended. */
  private Code word(int at, int bytes) {
    if (isInLocals(2)) {
      return frame.word(KnownPointers.offset(argument(2)) + at, bytes);
    }
    Code word = BV.constant(0);
    int done = 0;
    for (MemSize size : new MemSize[] {MemSize.DW, MemSize.W, MemSize.H, MemSize.B}) {
      if ((bytes & size.bytes()) != 0) {
        Code address = BV.add(register(2), BV.constant(at + done));
        Code part = BV.zeroExtend(memory.plainLoad(size, address), size.bits());
        word = done == 0 ? part : BV.or(word, BV.shiftLeft(part, BV.constant(8L * done)));
        done += size.bytes();
      }
    }
    return word;
  }

  private void onMap(int number, String method, int arguments) {
    BpfMap map = unit.environment().maps.get(number);
    int[] bytes = {map.spec().keySize(), map.spec().valueSize()};
    for (int r = 2; r <= Math.min(3, 1 + arguments); r++) {
      if (isInLocals(r)) {
        frame.flush(KnownPointers.offset(argument(r)), bytes[r - 2]);
      } else if (frame.inLocals() && KnownPointers.touchesFrame(argument(r))) {
        frame.flush(frame.all());
      }
    }
    ClassDesc type = ClassDesc.of(map.getClass().getName());
    maps.push(number, type);
    for (int r = 2; r < 2 + arguments; r++) {
      register(r).push(out);
    }
    ClassDesc[] parameters = new ClassDesc[arguments];
    Arrays.fill(parameters, CD_long);
    out.invokevirtual(type, method, MethodTypeDesc.of(CD_long, parameters)).lstore(locals[0]);
  }
}
