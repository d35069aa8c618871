package dev.scr.k2.proof;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What holds where a window begins.
 *
 * @param registers one fact for each of r0 to r10
 * @param accessible bytes that a candidate may read or write although the original window does not;
 *     what the original accesses is allowed anyway
 * @param known memory of which more is known than that it is there
 */
public record Precondition(
    List<ValueFact> registers, List<Accessible> accessible, List<KnownValue> known) {

  /**
   * Bytes of a region.
   *
   * @param from first offset
   * @param to offset behind the last one
   * @param writable whether a candidate may also write them
   */
  public record Accessible(Region region, long from, long to, boolean writable) {}

  /** The value in memory at an offset; narrower values are zero-extended in the fact. */
  public record KnownValue(Region region, long offset, MemSize size, ValueFact value) {}

  /** Copies the lists and checks that there is a fact for each register. */
  public Precondition {
    registers = List.copyOf(registers);
    accessible = List.copyOf(accessible);
    known = List.copyOf(known);
    if (registers.size() != Reg.COUNT) {
      throw new IllegalArgumentException(
          "precondition: expected " + Reg.COUNT + " register facts, found " + registers.size());
    }
  }

  /** Every register holds some number, except r10; a start for {@link #with}. */
  public static Precondition scalars() {
    List<ValueFact> facts = new ArrayList<>(Collections.nCopies(10, ValueFact.Scalar.ANY));
    facts.add(new ValueFact.Pointer(Region.STACK, 0));
    return new Precondition(facts, List.of(), List.of());
  }

  /** The same with another fact for one register. */
  public Precondition with(Reg register, ValueFact fact) {
    List<ValueFact> facts = new ArrayList<>(registers);
    facts.set(register.number(), fact);
    return new Precondition(facts, accessible, known);
  }

  /** The same with more accessible bytes. */
  public Precondition withAccessible(Region region, long from, long to, boolean writable) {
    List<Accessible> more = new ArrayList<>(accessible);
    more.add(new Accessible(region, from, to, writable));
    return new Precondition(registers, more, known);
  }

  /** The same with a known value in memory. */
  public Precondition withKnown(Region region, long offset, MemSize size, ValueFact value) {
    List<KnownValue> more = new ArrayList<>(known);
    more.add(new KnownValue(region, offset, size, value));
    return new Precondition(registers, accessible, more);
  }
}
