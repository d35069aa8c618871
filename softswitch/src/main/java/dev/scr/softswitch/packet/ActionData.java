package dev.scr.softswitch.packet;

import java.math.BigInteger;
import java.util.List;

/** The arguments of an action in a table entry: immutable, in the order of the parameters. */
public final class ActionData {

  /** No arguments. */
  public static final ActionData NONE = new ActionData(List.of());

  private final List<BigInteger> values;
  private final long[] low;

  /** Holds the given values, which fit the parameters' widths. */
  public ActionData(List<BigInteger> values) {
    this.values = List.copyOf(values);
    low = values.stream().mapToLong(BigInteger::longValue).toArray();
  }

  /** The low 64 bits of an argument. */
  public long low(int parameter) {
    return low[parameter];
  }

  /** An argument. */
  public BigInteger exact(int parameter) {
    return values.get(parameter);
  }

  /** All arguments. */
  public List<BigInteger> values() {
    return values;
  }
}
