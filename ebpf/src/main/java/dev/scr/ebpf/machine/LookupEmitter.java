package dev.scr.ebpf.machine;

import static dev.scr.ebpf.map.HashTableMap.KEY_OFFSET;
import static dev.scr.ebpf.map.HashTableMap.NEXT_OFFSET;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.machine.JvmCompiler.Unit;
import dev.scr.ebpf.map.HashTableMap;
import dev.scr.ebpf.meaning.Code;
import dev.scr.ebpf.meaning.CodeBitVectors;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Emits a lookup for one hash table: the key comes as words, as {@link HashTableMap#word} cuts it,
 * so that it need not be in memory; sizes are constants. What it finds is what {@link HashTableMap}
 * itself would find.
 *
 * <pre>
 *   long findM(long word0, long word1, …, long records) {
 *     int chain = hash of the words &amp; mask;
 *     long record = records + chain * stride;
 *     int number = first of the chain, in record;
 *     if (number != chain + 1) goto others;                  // it is elsewhere, or there is none
 *     do {
 *       if (words in record equal) return record + valueOffset;
 *       number = next in the chain, in record;
 *   others:
 *       if (number == 0) return 0;
 *       record = records + (number - 1) * stride;
 *     } while (true);
 *   }
 * </pre>
 */
final class LookupEmitter {
  /** Larger keys are looked up by their address. */
  static final int MAX_WORDS = 4;

  private static final CodeBitVectors BV = CodeBitVectors.INSTANCE;
  private static final ClassDesc CD_HASH = ClassDesc.of(HashTableMap.class.getName());
  private static final MethodTypeDesc BEGIN = MethodTypeDesc.of(CD_long, CD_int);
  private static final MethodTypeDesc ADD = MethodTypeDesc.of(CD_long, CD_long, CD_long);
  private static final MethodTypeDesc FINISH = MethodTypeDesc.of(CD_int, CD_long);

  private LookupEmitter() {}

  /** Whether there is such a method for a map. */
  static boolean covers(HashTableMap map) {
    return !map.ordersByUse() && !map.isShared() && words(map) <= MAX_WORDS;
  }

  static int words(HashTableMap map) {
    return (map.spec().keySize() + Long.BYTES - 1) / Long.BYTES;
  }

  static String name(int map) {
    return "find" + map;
  }

  static MethodTypeDesc type(HashTableMap map) {
    List<ClassDesc> parameters = new ArrayList<>(Collections.nCopies(words(map), CD_long));
    parameters.add(CD_long);
    return MethodTypeDesc.of(CD_long, parameters);
  }

  static void emit(ClassBuilder type, Unit unit, HashTableMap map, int number) {
    type.withMethodBody(name(number), type(map), ClassFile.ACC_STATIC, out -> find(out, unit, map));
  }

  private static void find(CodeBuilder out, Unit unit, HashTableMap map) {
    MemoryEmitter memory = new MemoryEmitter(out, unit);
    int words = words(map);
    int records = 2 * words;
    int chain = records + 2;
    int record = records + 3;
    int number = records + 5;
    Label others = out.newLabel();
    Label next = out.newLabel();
    Label none = out.newLabel();
    out.loadConstant(map.spec().keySize()).invokestatic(CD_HASH, "begin", BEGIN);
    for (int word = 0; word < words; word++) {
      out.lload(2 * word).invokestatic(CD_HASH, "add", ADD);
    }
    out.invokestatic(CD_HASH, "finish", FINISH).loadConstant(map.mask()).iand().istore(chain);
    out.iload(chain).i2l().loadConstant((long) map.stride()).lmul();
    out.lload(records).ladd().lstore(record);
    loadNumber(out, memory, record, 0);
    // Where the entry lies is known before its number has been read, if it is the usual one.
    out.istore(number).iload(number).iload(chain).iconst_1().iadd().if_icmpne(others);
    Label compare = out.newBoundLabel();
    for (int word = 0; word < words; word++) {
      memory.plainLoad(MemSize.DW, at(record, KEY_OFFSET + word * Long.BYTES)).push(out);
      out.lload(2 * word).lcmp().ifne(next);
    }
    out.lload(record).loadConstant((long) map.valueOffset()).ladd().lreturn();
    out.labelBinding(next);
    loadNumber(out, memory, record, NEXT_OFFSET);
    out.istore(number);
    out.labelBinding(others).iload(number).ifeq(none);
    out.iload(number).iconst_1().isub().i2l().loadConstant((long) map.stride()).lmul();
    out.lload(records).ladd().lstore(record).goto_(compare);
    out.labelBinding(none).lconst_0().lreturn();
  }

  private static Code at(int record, int offset) {
    return BV.add(new Code.Local(record), BV.constant(offset));
  }

  private static void loadNumber(CodeBuilder out, MemoryEmitter memory, int record, int offset) {
    memory.plainLoad(MemSize.W, at(record, offset)).push(out);
    out.l2i();
  }
}
