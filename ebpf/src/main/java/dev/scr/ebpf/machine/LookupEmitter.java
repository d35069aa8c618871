package dev.scr.ebpf.machine;

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
 *   long findM(long word0, long word1, …, int[] table, long entries) {
 *     int at = hash of the words &amp; mask;
 *     while (table[at] != 0) {
 *       long entry = entries + (table[at] - 1) * stride;
 *       if (words at entry equal) return entry + valueOffset;
 *       at = at + 1 &amp; mask;
 *     }
 *     return 0;
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
    parameters.add(CD_int.arrayType());
    parameters.add(CD_long);
    return MethodTypeDesc.of(CD_long, parameters);
  }

  static void emit(ClassBuilder type, Unit unit, HashTableMap map, int number) {
    type.withMethodBody(name(number), type(map), ClassFile.ACC_STATIC, out -> find(out, unit, map));
  }

  private static void find(CodeBuilder out, Unit unit, HashTableMap map) {
    MemoryEmitter memory = new MemoryEmitter(out, unit);
    int words = words(map);
    int table = 2 * words;
    int entries = table + 1;
    int at = table + 3;
    int found = table + 4;
    int entry = table + 5;
    Label next = out.newLabel();
    Label none = out.newLabel();
    out.loadConstant(map.spec().keySize()).invokestatic(CD_HASH, "begin", BEGIN);
    for (int word = 0; word < words; word++) {
      out.lload(2 * word).invokestatic(CD_HASH, "add", ADD);
    }
    out.invokestatic(CD_HASH, "finish", FINISH);
    Label probe = out.newBoundLabel();
    // By the array's own length, so that HotSpot sees that the index is in range.
    out.aload(table).arraylength().iconst_1().isub().iand().istore(at);
    out.aload(table).iload(at).iaload().istore(found);
    out.iload(found).ifeq(none);
    out.iload(found).iconst_1().isub().i2l().loadConstant((long) map.stride()).lmul();
    out.lload(entries).ladd().lstore(entry);
    for (int word = 0; word < words; word++) {
      Code place = BV.add(new Code.Local(entry), BV.constant((long) word * Long.BYTES));
      memory.plainLoad(MemSize.DW, place).push(out);
      out.lload(2 * word).lcmp().ifne(next);
    }
    out.lload(entry).loadConstant((long) map.valueOffset()).ladd().lreturn();
    out.labelBinding(next).iload(at).iconst_1().iadd().goto_(probe);
    out.labelBinding(none).lconst_0().lreturn();
  }
}
