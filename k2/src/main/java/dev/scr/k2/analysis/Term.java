package dev.scr.k2.analysis;

import org.jspecify.annotations.Nullable;

/**
 * A value that a program computes: equal terms are equal values. Made by {@link Terms} only, which
 * makes each term once, so that terms are compared by identity. Immutable.
 */
public final class Term {
  /** What a term is made by. */
  public enum Op {
    /** A constant, {@link Term#value()}. */
    CONSTANT,
    /** Something that is not computed: an argument, the result of a call, a join. */
    SYMBOL,
    /**
     * Bytes of memory, zero-extended; {@link Term#a()} is the address, {@link Term#value()} the
     * number of bytes, {@link Term#version()} says when.
     */
    LOAD,
    ADD,
    SUB,
    MUL,
    UDIV,
    UREM,
    SDIV,
    SREM,
    AND,
    OR,
    XOR,
    SHL,
    SHR,
    SAR,
    /** Sign extension of the lower {@link Term#value()} bits. */
    SEXT,
    /** All eight bytes reversed. */
    REVERSE,
    /** {@code c ? a : b}. */
    ITE,
    /** Conditions: 1 or 0. */
    EQ,
    ULT,
    SLT,
    NOT
  }

  private final Op op;
  private final @Nullable Term a;
  private final @Nullable Term b;
  private final @Nullable Term c;
  private final long value;
  private final int version;
  private final Bounds bounds;
  private final @Nullable Region region;
  private final int id;

  Term(
      Op op,
      @Nullable Term a,
      @Nullable Term b,
      @Nullable Term c,
      long value,
      int version,
      Bounds bounds,
      @Nullable Region region,
      int id) {
    this.op = op;
    this.a = a;
    this.b = b;
    this.c = c;
    this.value = value;
    this.version = version;
    this.bounds = bounds;
    this.region = region;
    this.id = id;
  }

  /** What it is made by. */
  public Op op() {
    return op;
  }

  /** The first operand. */
  public Term a() {
    return present(a);
  }

  /** The second operand. */
  public Term b() {
    return present(b);
  }

  /** The condition of a choice. */
  public Term c() {
    return present(c);
  }

  private Term present(@Nullable Term operand) {
    if (operand == null) {
      throw new IllegalStateException("no such operand of " + this);
    }
    return operand;
  }

  /** The constant, or the parameter of the operation. */
  public long value() {
    return value;
  }

  /** For a load: which state of the memory it read. */
  public int version() {
    return version;
  }

  /** Numbers that it may be, wherever it is. */
  public Bounds bounds() {
    return bounds;
  }

  /** The memory it points into, if it is a pointer. */
  public @Nullable Region region() {
    return region;
  }

  /** Number in the order of creation: operands before what uses them. */
  public int id() {
    return id;
  }

  /** Whether it is a constant. */
  public boolean isConstant() {
    return op == Op.CONSTANT;
  }

  /** Whether it is this constant. */
  public boolean is(long constant) {
    return op == Op.CONSTANT && value == constant;
  }

  /** The term without a constant that is added to it. */
  public Term base() {
    return op == Op.ADD && b().isConstant() ? a() : this;
  }

  /** The constant that is added to {@link #base()}. */
  public long offset() {
    return op == Op.ADD && b().isConstant() ? b().value() : 0;
  }

  @Override
  public String toString() {
    return switch (op) {
      case CONSTANT -> Long.toString(value);
      case SYMBOL -> "s" + id + (region == null ? "" : ":" + region.getClass().getSimpleName());
      case LOAD -> "m" + version + "[" + a + "," + value + "]";
      case SEXT -> "sext" + value + "(" + a + ")";
      case REVERSE, NOT -> op + "(" + a + ")";
      case ITE -> "(" + c + " ? " + a + " : " + b + ")";
      default -> op + "(" + a + ", " + b + ")";
    };
  }
}
