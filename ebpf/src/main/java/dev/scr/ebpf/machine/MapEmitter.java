package dev.scr.ebpf.machine;

import static java.lang.constant.ConstantDescs.CD_long;

import dev.scr.ebpf.isa.Helper;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.machine.JvmCompiler.Unit;
import dev.scr.ebpf.map.ArrayMap;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.HashTableMap;
import dev.scr.ebpf.meaning.Code;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.util.HashMap;
import java.util.Map;

/**
 * Emits how a program gets at the maps of the instance that runs it. They come from the {@link
 * Environment}, never from the code, so that all instances of a program share one class: HotSpot
 * compiles it once, whichever replica is the first to run it often. A function takes them into
 * local variables where it begins.
 */
final class MapEmitter {
  private static final ClassDesc CD_ADDRESSES = CD_long.arrayType();
  private static final ClassDesc CD_MAP = ClassDesc.of(BpfMap.class.getName());

  private final CodeBuilder out;
  private final Unit unit;
  private final Map<Integer, Integer> addressLocals = new HashMap<>();
  private int firstFree;

  MapEmitter(CodeBuilder out, Unit unit) {
    this.out = out;
    this.unit = unit;
  }

  /** Takes what a range of instructions needs into local variables from a number on. */
  void enter(int from, int to, int firstLocal) {
    int local = firstLocal;
    for (int i = from; i < to; i++) {
      int map = used(i, unit.spec().code().get(i));
      if (map >= 0 && !addressLocals.containsKey(map)) {
        pushAddress(map);
        out.lstore(local);
        addressLocals.put(map, local);
        local += 2;
      }
    }
    firstFree = local;
  }

  /** The first local variable behind those that were taken; 0 if {@link #enter} was not called. */
  int firstFree() {
    return firstFree;
  }

  /** Whether an instruction is a lookup that {@link LookupEmitter} emits. */
  static boolean isLookupInTable(Unit unit, int index, int helper) {
    if (unit.checked() || helper != Helper.MAP_LOOKUP_ELEM.number()) {
      return false;
    }
    int map = unit.kinds().map(index, Reg.R1);
    return map >= 0
        && unit.environment().maps.get(map) instanceof HashTableMap hash
        && LookupEmitter.covers(hash);
  }

  /** The map whose address an instruction needs, −1 if none. */
  private int used(int index, Instruction insn) {
    return switch (insn) {
      case LoadWide wide when wide.source() == WideSource.MAP_INDEX_VALUE -> wide.imm();
      case CallHelper(int helper)
          when helper == Helper.MAP_LOOKUP_ELEM.number() && !unit.checked() -> {
        int map = unit.kinds().map(index, Reg.R1);
        yield map >= 0 && isFoundByCode(map(map)) ? map : -1;
      }
      default -> -1;
    };
  }

  private static boolean isFoundByCode(BpfMap map) {
    return map instanceof ArrayMap
        || (map instanceof HashTableMap hash && LookupEmitter.covers(hash));
  }

  private BpfMap map(int number) {
    return unit.environment().maps.get(number);
  }

  /** Address of a map's first value or record. */
  Code address(int map) {
    Integer local = addressLocals.get(map);
    return local == null ? new Code.Computed(_ -> pushAddress(map)) : new Code.Local(local);
  }

  private void pushAddress(int map) {
    out.aload(0).getfield(JvmCompiler.CD_ENVIRONMENT, "addresses", CD_ADDRESSES);
    out.loadConstant(map).laload();
  }

  /** Pushes a map as an object of its class. */
  void push(int map, ClassDesc type) {
    out.aload(0).getfield(JvmCompiler.CD_ENVIRONMENT, "mapsByNumber", CD_MAP.arrayType());
    out.loadConstant(map).aaload().checkcast(type);
  }
}
