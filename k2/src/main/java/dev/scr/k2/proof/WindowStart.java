package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.proof.Precondition.KnownValue;
import dev.scr.k2.proof.ValueFact.Scalar;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A precondition as terms: what registers and memory hold where a window begins. */
final class WindowStart {
  private final Terms terms = new Terms();
  private final Map<Term, Region> regions = new HashMap<>();
  private final Map<Region, Block> blocks = new LinkedHashMap<>();
  private final Registers registers = new Registers(terms);
  private Memory memory = Memory.UNKNOWN;
  private Facts facts = Facts.none(terms);

  WindowStart(Precondition pre) {
    for (int i = 0; i < Reg.COUNT; i++) {
      registers.set(Reg.of(i), value(pre.registers().get(i), "r" + i, i));
    }
    for (KnownValue known : pre.known()) {
      Block block = block(known.region());
      String name = "known:" + known.region() + known.offset();
      Term value = value(known.value(), name, Reg.COUNT);
      if (value != null) {
        int bytes = known.size().bytes();
        memory = memory.write(terms, block, terms.constant(known.offset()), value, bytes);
      }
    }
    pre.accessible().forEach(range -> block(range.region()));
  }

  Terms terms() {
    return terms;
  }

  Map<Term, Region> regions() {
    return regions;
  }

  Map<Region, Block> blocks() {
    return blocks;
  }

  Registers registers() {
    return registers;
  }

  Memory memory() {
    return memory;
  }

  Facts facts() {
    return facts;
  }

  private Block block(Region region) {
    return blocks.computeIfAbsent(
        region,
        _ -> {
          String name = region.kind() + ":" + region.name();
          Term base = terms.address(name);
          regions.put(base, region);
          return new Block(base, name, region.kind(), false, Long.MIN_VALUE, Long.MAX_VALUE);
        });
  }

  private @Nullable Term value(ValueFact fact, String name, int register) {
    return switch (fact) {
      case ValueFact.Unusable _ -> null;
      case Scalar scalar -> scalar(scalar, name);
      case ValueFact.Pointer(Region region, long offset) ->
          terms.add(block(region).base(), terms.constant(offset));
      case ValueFact.VariablePointer(Region region, Scalar offset) ->
          terms.add(block(region).base(), scalar(offset, name));
      case ValueFact.SameAs(Reg other) -> {
        if (other.number() >= register) {
          throw new IllegalArgumentException(
              name + ": expected the same value as in a lower register, found " + other);
        }
        yield registers.get(other);
      }
    };
  }

  /** Unknown bits are slices of one unknown; bounds become facts. */
  private Term scalar(Scalar scalar, String name) {
    long unknown = scalar.unknown();
    if (scalar.unsignedMax() != -1) {
      long reach = Term.mask(Sums.significantBits(scalar.unsignedMax()));
      unknown &= reach;
    }
    Term symbol = terms.symbol(name, 64);
    List<Term> pieces = new ArrayList<>();
    int top = 64;
    while (top > 0) {
      int low = top - 1;
      while (low > 0 && bit(unknown, low - 1) == bit(unknown, top - 1)) {
        low--;
      }
      pieces.add(
          bit(unknown, low)
              ? terms.slices.extract(symbol, low, top - low)
              : terms.number(scalar.bits() >>> low, top - low));
      top = low;
    }
    Term value = terms.slices.concat(pieces);
    assume(terms.not(terms.lessUnsigned(value, terms.constant(scalar.unsignedMin()))));
    assume(terms.not(terms.lessUnsigned(terms.constant(scalar.unsignedMax()), value)));
    assume(terms.not(terms.lessSigned(value, terms.constant(scalar.signedMin()))));
    assume(terms.not(terms.lessSigned(terms.constant(scalar.signedMax()), value)));
    return value;
  }

  private void assume(Term condition) {
    if (condition == terms.no) {
      throw new IllegalArgumentException("precondition: expected facts that can hold together");
    }
    facts = facts.with(condition);
  }

  private static boolean bit(long bits, int at) {
    return (bits >>> at & 1) != 0;
  }
}
