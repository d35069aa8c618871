package dev.scr.ebpf.machine;

import static dev.scr.ebpf.map.HashTableMap.KEY_OFFSET;
import static dev.scr.ebpf.map.HashTableMap.NEXT_OFFSET;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.map.HashTableMap;
import dev.scr.ebpf.meaning.Code;
import dev.scr.ebpf.meaning.CodeBitVectors;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;

/**
 * Emits a lookup in one hash table: the key comes as words, as {@link HashTableMap#word} cuts it,
 * so that it need not be in memory; sizes are constants. What it finds is what {@link HashTableMap}
 * itself would find. It stands where it is used: whether HotSpot inlines a method of this size
 * depends on what it has seen by then, and history is applied at half the speed without.
 *
 * <pre>
 *   int chain = hash of the words &amp; mask;
 *   long record = records + chain * stride;
 *   int number = first of the chain, in record;
 *   if (number != chain + 1) goto others;                  // it is elsewhere, or there is none
 *   do {
 *     if (words in record equal) return record + valueOffset;
 *     number = next in the chain, in record;
 *   others:
 *     if (number == 0) return 0;
 *     record = records + (number - 1) * stride;
 *   } while (true);
 * </pre>
 */
final class LookupEmitter {
  /** Larger keys are looked up by their address. */
  static final int MAX_WORDS = 4;

  /** Bytecode of a lookup, generously. */
  static final int ESTIMATE = 400;

  private static final CodeBitVectors BV = CodeBitVectors.INSTANCE;
  private static final ClassDesc CD_HASH = ClassDesc.of(HashTableMap.class.getName());
  private static final MethodTypeDesc BEGIN = MethodTypeDesc.of(CD_long, CD_int);
  private static final MethodTypeDesc ADD = MethodTypeDesc.of(CD_long, CD_long, CD_long);
  private static final MethodTypeDesc FINISH = MethodTypeDesc.of(CD_int, CD_long);

  private final CodeBuilder out;
  private final MemoryEmitter memory;
  private final HashTableMap map;
  private final Code records;
  private final int firstWord;
  private final int record;
  private final int chain;
  private final int number;

  /**
   * Creates an emitter.
   *
   * @param records address of the table's first record
   * @param temporary first of the free local variables
   */
  LookupEmitter(
      CodeBuilder out, MemoryEmitter memory, HashTableMap map, Code records, int temporary) {
    this.out = out;
    this.memory = memory;
    this.map = map;
    this.records = records;
    this.firstWord = temporary;
    this.record = temporary + 2 * words(map);
    this.chain = record + 2;
    this.number = record + 3;
  }

  /** Whether lookups in a map are emitted here. */
  static boolean covers(HashTableMap map) {
    return !map.ordersByUse() && !map.isShared() && words(map) <= MAX_WORDS;
  }

  private static int words(HashTableMap map) {
    return (map.spec().keySize() + Long.BYTES - 1) / Long.BYTES;
  }

  /** Stores the address of the value, or 0, in a local variable. */
  void emit(List<Code> words, int result) {
    Label others = out.newLabel();
    Label next = out.newLabel();
    Label none = out.newLabel();
    Label end = out.newLabel();
    for (int word = 0; word < words.size(); word++) {
      words.get(word).push(out);
      out.lstore(firstWord + 2 * word);
    }
    chooseChain(words.size());
    recordOf(new Code.Computed(code -> code.iload(chain).i2l()));
    loadNumber(0);
    // Where the entry lies is known before its number has been read, if it is the usual one.
    out.iload(number).iload(chain).iconst_1().iadd().if_icmpne(others);
    Label compare = out.newBoundLabel();
    for (int word = 0; word < words.size(); word++) {
      memory.plainLoad(MemSize.DW, inRecord(KEY_OFFSET + word * Long.BYTES)).push(out);
      out.lload(firstWord + 2 * word).lcmp().ifne(next);
    }
    inRecord(map.valueOffset()).push(out);
    out.lstore(result).goto_(end);
    out.labelBinding(next);
    loadNumber(NEXT_OFFSET);
    out.labelBinding(others).iload(number).ifeq(none);
    recordOf(new Code.Computed(code -> code.iload(number).iconst_1().isub().i2l()));
    out.goto_(compare);
    out.labelBinding(none).lconst_0().lstore(result);
    out.labelBinding(end);
  }

  private void chooseChain(int words) {
    out.loadConstant(map.spec().keySize()).invokestatic(CD_HASH, "begin", BEGIN);
    for (int word = 0; word < words; word++) {
      out.lload(firstWord + 2 * word).invokestatic(CD_HASH, "add", ADD);
    }
    out.invokestatic(CD_HASH, "finish", FINISH).loadConstant(map.mask()).iand().istore(chain);
  }

  private void recordOf(Code index) {
    BV.add(records, BV.multiply(index, BV.constant(map.stride()))).push(out);
    out.lstore(record);
  }

  private Code inRecord(int offset) {
    return BV.add(new Code.Local(record), BV.constant(offset));
  }

  private void loadNumber(int offset) {
    memory.plainLoad(MemSize.W, inRecord(offset)).push(out);
    out.l2i().istore(number);
  }
}
