package dev.scr.ebpf.isa;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A register. r0 holds results, r1–r5 arguments, r6–r9 survive calls, r10 is the read-only frame
 * pointer.
 *
 * @param number 0 to 10
 */
public record Reg(int number) implements Operand {
  /** How many registers there are. */
  public static final int COUNT = 11;

  private static final List<Reg> ALL = IntStream.range(0, COUNT).mapToObj(Reg::new).toList();

  /** The result register. */
  public static final Reg R0 = of(0);

  /** The first argument; the context pointer at entry. */
  public static final Reg R1 = of(1);

  /** The frame pointer. */
  public static final Reg FP = of(10);

  /** Checks the number. */
  public Reg {
    if (number < 0 || number >= COUNT) {
      throw new InvalidInstructionException(-1, "no such register r" + number + " (valid r0..r10)");
    }
  }

  /** The register with this number, without allocation. */
  public static Reg of(int number) {
    return number >= 0 && number < COUNT ? ALL.get(number) : new Reg(number);
  }

  /** Name at a width: {@code r3} or {@code w3}. */
  public String name(Width width) {
    return width.prefix() + Integer.toString(number);
  }

  @Override
  public String toString() {
    return name(Width.W64);
  }
}
