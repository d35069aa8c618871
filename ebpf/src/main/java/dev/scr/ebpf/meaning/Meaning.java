package dev.scr.ebpf.meaning;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;

/**
 * The meaning of every operation, RFC 9669 sections 4 and 5, written once for every algebra.
 * Registers are 64-bit values; an immediate arrives sign-extended to 64 bits; a 32-bit result has
 * zeros in its upper half.
 */
public final class Meaning {
  private Meaning() {}

  /** The new value of the destination of an arithmetic operation (section 4.1). */
  public static <V, C> V alu(BitVectors<V, C> bv, AluOp op, Width width, V dst, V src) {
    int bits = width.bits();
    V zero = bv.constant(0);
    V unsignedDst = bv.zeroExtend(dst, bits);
    V unsignedSrc = bv.zeroExtend(src, bits);
    V amount = bv.and(src, bv.constant(bits - 1));
    V result =
        switch (op) {
          case ADD -> bv.add(dst, src);
          case SUB -> bv.subtract(dst, src);
          case MUL -> bv.multiply(dst, src);
          case OR -> bv.or(dst, src);
          case AND -> bv.and(dst, src);
          case XOR -> bv.xor(dst, src);
          case NEG -> bv.subtract(zero, dst);
          case MOV -> src;
          case LSH -> bv.shiftLeft(dst, amount);
          case RSH -> bv.shiftRight(unsignedDst, amount);
          case ARSH -> bv.shiftRightSigned(bv.signExtend(dst, bits), amount);
          case DIV ->
              bv.choose(
                  bv.equal(unsignedSrc, zero), zero, bv.divideUnsigned(unsignedDst, unsignedSrc));
          case MOD ->
              bv.choose(
                  bv.equal(unsignedSrc, zero), dst, bv.remainderUnsigned(unsignedDst, unsignedSrc));
          case SDIV ->
              bv.choose(
                  bv.equal(unsignedSrc, zero),
                  zero,
                  bv.divideSigned(bv.signExtend(dst, bits), bv.signExtend(src, bits)));
          case SMOD ->
              bv.choose(
                  bv.equal(unsignedSrc, zero),
                  dst,
                  bv.remainderSigned(bv.signExtend(dst, bits), bv.signExtend(src, bits)));
          case MOVSX8 -> bv.signExtend(src, 8);
          case MOVSX16 -> bv.signExtend(src, 16);
          case MOVSX32 -> bv.signExtend(src, 32);
        };
    return bv.zeroExtend(result, bits);
  }

  /**
   * The new value of the register of a byte order conversion (section 4.2) on a little-endian host.
   */
  public static <V, C> V swap(BitVectors<V, C> bv, SwapOp op, V dst) {
    return switch (op.kind()) {
      case LE -> bv.zeroExtend(dst, op.bits());
      case BE, BSWAP -> bv.shiftRight(bv.reverseBytes(dst), bv.constant(64 - op.bits()));
    };
  }

  /** Whether a conditional jump is taken (section 4.3). */
  public static <V, C> C test(BitVectors<V, C> bv, JmpOp op, Width width, V dst, V src) {
    int bits = width.bits();
    V a = bv.zeroExtend(dst, bits);
    V b = bv.zeroExtend(src, bits);
    V signedA = bv.signExtend(dst, bits);
    V signedB = bv.signExtend(src, bits);
    return switch (op) {
      case JEQ -> bv.equal(a, b);
      case JNE -> bv.not(bv.equal(a, b));
      case JSET -> bv.not(bv.equal(bv.and(a, b), bv.constant(0)));
      case JGT -> bv.lessUnsigned(b, a);
      case JGE -> bv.not(bv.lessUnsigned(a, b));
      case JLT -> bv.lessUnsigned(a, b);
      case JLE -> bv.not(bv.lessUnsigned(b, a));
      case JSGT -> bv.lessSigned(signedB, signedA);
      case JSGE -> bv.not(bv.lessSigned(signedA, signedB));
      case JSLT -> bv.lessSigned(signedA, signedB);
      case JSLE -> bv.not(bv.lessSigned(signedB, signedA));
    };
  }

  /**
   * What an atomic operation leaves in memory (section 5.3).
   *
   * @param old the value in memory before, zero-extended
   * @param r0 what CMPXCHG compares with
   */
  public static <V, C> V atomic(BitVectors<V, C> bv, AtomicOp op, Width width, V old, V src, V r0) {
    V result =
        switch (op) {
          case ADD, FETCH_ADD -> bv.add(old, src);
          case OR, FETCH_OR -> bv.or(old, src);
          case AND, FETCH_AND -> bv.and(old, src);
          case XOR, FETCH_XOR -> bv.xor(old, src);
          case XCHG -> src;
          case CMPXCHG -> bv.choose(bv.equal(bv.zeroExtend(r0, width.bits()), old), src, old);
        };
    return bv.zeroExtend(result, width.bits());
  }

  /** The register value of a load (section 5.1 and 5.2) that found these bytes. */
  public static <V, C> V loaded(BitVectors<V, C> bv, MemSize size, boolean signed, V bytes) {
    return signed ? bv.signExtend(bytes, size.bits()) : bv.zeroExtend(bytes, size.bits());
  }

  /**
   * The register value of a legacy packet load (section 5.5) that found these little-endian bytes.
   */
  public static <V, C> V loadedFromPacket(BitVectors<V, C> bv, MemSize size, V bytes) {
    return bv.shiftRight(bv.reverseBytes(bytes), bv.constant(64 - size.bits()));
  }
}
