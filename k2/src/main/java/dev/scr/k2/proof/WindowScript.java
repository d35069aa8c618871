package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.k2.proof.Precondition.KnownValue;
import dev.scr.k2.proof.ValueFact.Scalar;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The question whether two windows differ as a script of SMT-LIB 2, logic QF_ABV, that stands
 * alone: registers are 64-bit vectors, each region is an array of bytes by offset. Nothing in it is
 * simplified, so the answer {@code unsat} does not rest on our normal form.
 */
final class WindowScript {
  private static final TextBitVectors BV = TextBitVectors.INSTANCE;

  private final StringBuilder text = new StringBuilder("(set-logic QF_ABV)\n");
  private final Map<Region, String> bases = new LinkedHashMap<>();
  private int names;

  /** One side: registers by number and memory by region, as names that are defined. */
  private final class Side {
    final List<String> registers;
    final Map<Region, String> memory = new LinkedHashMap<>();

    Side(List<String> registers, Map<Region, String> memory) {
      this.registers = new ArrayList<>(registers);
      this.memory.putAll(memory);
    }

    private String value(Operand operand) {
      return switch (operand) {
        case Reg reg -> registers.get(reg.number());
        case Imm imm -> BV.constant(imm.value());
      };
    }

    private void set(Reg reg, String value) {
      registers.set(reg.number(), define("(_ BitVec 64)", value));
    }

    void run(List<Instruction> code, List<WindowRun.Access> accesses) {
      int next = 0;
      for (Instruction insn : code) {
        switch (insn) {
          case Alu alu -> {
            String before = alu.op().readsDestination() ? value(alu.dst()) : BV.constant(0);
            set(alu.dst(), Meaning.alu(BV, alu.op(), alu.width(), before, value(alu.src())));
          }
          case Swap swap -> set(swap.dst(), Meaning.swap(BV, swap.op(), value(swap.dst())));
          case LoadWide wide -> set(wide.dst(), BV.constant(wide.value()));
          case Load(MemSize size, boolean signed, Reg dst, Reg base, short offset) -> {
            Region region = accesses.get(next++).region();
            String found = read(region, place(region, base, offset), size.bytes());
            set(dst, Meaning.loaded(BV, size, signed, found));
          }
          case Store(MemSize size, Reg base, short offset, Operand src) -> {
            Region region = accesses.get(next++).region();
            write(region, place(region, base, offset), value(src), size.bytes());
          }
          case Atomic atomic -> atomic(atomic, accesses.get(next++).region());
          default -> throw new Refusal("expected no jump or call in a window, found " + insn);
        }
      }
    }

    private void atomic(Atomic atomic, Region region) {
      int bytes = atomic.width() == Width.W64 ? 8 : 4;
      String at = place(region, atomic.base(), atomic.offset());
      String old = define("(_ BitVec 64)", read(region, at, bytes));
      String src = value(atomic.src());
      String r0 = registers.get(0);
      String result = Meaning.atomic(BV, atomic.op(), atomic.width(), old, src, r0);
      write(region, at, define("(_ BitVec 64)", result), bytes);
      if (atomic.op().fetches()) {
        registers.set(atomic.result().number(), old);
      }
    }

    private String place(Region region, Reg base, long displacement) {
      String address = BV.add(registers.get(base.number()), BV.constant(displacement));
      return define("(_ BitVec 64)", BV.subtract(address, base(region)));
    }

    String array(Region region) {
      String array = memory.get(region);
      if (array == null) {
        throw new IllegalStateException("expected a declared region, found " + region);
      }
      return array;
    }

    String read(Region region, String at, int bytes) {
      StringBuilder parts = new StringBuilder();
      for (int i = bytes - 1; i >= 0; i--) {
        parts.append(" (select ").append(array(region)).append(' ');
        parts.append(BV.add(at, BV.constant(i))).append(')');
      }
      String whole = bytes == 1 ? parts.toString() : "(concat" + parts + ")";
      return bytes == 8 ? whole : "((_ zero_extend " + (64 - 8 * bytes) + ") " + whole + ")";
    }

    void write(Region region, String at, String value, int bytes) {
      String array = array(region);
      for (int i = 0; i < bytes; i++) {
        String part = "((_ extract " + (8 * i + 7) + " " + 8 * i + ") " + value + ")";
        array = "(store " + array + " " + BV.add(at, BV.constant(i)) + " " + part + ")";
      }
      memory.put(region, define(ARRAY, array));
    }
  }

  /** A window and the regions of its accesses, in order. */
  record Window(List<Instruction> code, List<WindowRun.Access> accesses) {}

  private static final String ARRAY = "(Array (_ BitVec 64) (_ BitVec 8))";

  private WindowScript() {}

  /** The script: unsatisfiable if and only if the windows agree on all that is still needed. */
  static String of(
      Precondition pre, Postcondition post, Collection<Region> regions, List<Window> windows) {
    WindowScript script = new WindowScript();
    Side start = script.start(pre, regions);
    List<Side> ends = new ArrayList<>();
    for (Window window : windows) {
      Side side = script.new Side(start.registers, start.memory);
      side.run(window.code(), window.accesses());
      ends.add(side);
    }
    script.ask(post, ends.getFirst(), ends.getLast());
    return script.text.append("(check-sat)\n").toString();
  }

  private String define(String sort, String body) {
    String name = "v" + names++;
    text.append("(define-fun ").append(name).append(" () ").append(sort);
    text.append(' ').append(body).append(")\n");
    return name;
  }

  private String declare(String sort, String comment) {
    String name = "u" + names++;
    text.append("(declare-fun ").append(name).append(" () ").append(sort);
    text.append(") ; ").append(comment).append('\n');
    return name;
  }

  private void state(String condition) {
    text.append("(assert ").append(condition).append(")\n");
  }

  private String base(Region region) {
    String base = bases.get(region);
    if (base == null) {
      throw new IllegalStateException("expected a declared region, found " + region);
    }
    return base;
  }

  private Side start(Precondition pre, Collection<Region> regions) {
    Side start = new Side(List.of(), Map.of());
    for (Region region : regions) {
      String base = declare("(_ BitVec 64)", "address of " + region);
      state("(bvuge " + base + " " + BV.constant(Addresses.LOWEST) + ")");
      state("(bvule " + base + " " + BV.constant(Addresses.HIGHEST) + ")");
      bases.put(region, base);
      start.memory.put(region, declare(ARRAY, "bytes of " + region));
    }
    for (int i = 0; i < Reg.COUNT; i++) {
      start.registers.add(value(pre.registers().get(i), start, "r" + i));
    }
    for (KnownValue known : pre.known()) {
      String value = value(known.value(), start, "memory");
      String at = BV.constant(known.offset());
      start.write(known.region(), at, value, known.size().bytes());
    }
    return start;
  }

  private String value(ValueFact fact, Side start, String comment) {
    return switch (fact) {
      case ValueFact.Unusable _ -> declare("(_ BitVec 64)", comment);
      case Scalar scalar -> scalar(scalar, comment);
      case ValueFact.Pointer(Region region, long offset) ->
          define("(_ BitVec 64)", BV.add(base(region), BV.constant(offset)));
      case ValueFact.VariablePointer(Region region, Scalar offset) ->
          define("(_ BitVec 64)", BV.add(base(region), scalar(offset, comment)));
      case ValueFact.SameAs(Reg other) -> start.registers.get(other.number());
    };
  }

  private String scalar(Scalar scalar, String comment) {
    String value = declare("(_ BitVec 64)", comment);
    String knownBits = BV.and(value, BV.constant(~scalar.unknown()));
    state(BV.equal(knownBits, BV.constant(scalar.bits() & ~scalar.unknown())));
    state("(bvuge " + value + " " + BV.constant(scalar.unsignedMin()) + ")");
    state("(bvule " + value + " " + BV.constant(scalar.unsignedMax()) + ")");
    state("(bvsge " + value + " " + BV.constant(scalar.signedMin()) + ")");
    state("(bvsle " + value + " " + BV.constant(scalar.signedMax()) + ")");
    return value;
  }

  /** Something that is still needed differs. */
  private void ask(Postcondition post, Side a, Side b) {
    StringBuilder same = new StringBuilder("true");
    for (int i = 0; i < Reg.COUNT; i++) {
      long live = post.liveBits().get(i);
      if (live != 0) {
        String mask = BV.constant(live);
        String left = BV.and(a.registers.get(i), mask);
        same.append(' ').append(BV.equal(left, BV.and(b.registers.get(i), mask)));
      }
    }
    for (Postcondition.DeadBytes dead : post.dead()) {
      for (long at = dead.from(); bases.containsKey(dead.region()) && at < dead.to(); at++) {
        a.write(dead.region(), BV.constant(at), BV.constant(0), 1);
        b.write(dead.region(), BV.constant(at), BV.constant(0), 1);
      }
    }
    for (Region region : bases.keySet()) {
      same.append(' ').append(BV.equal(a.array(region), b.array(region)));
    }
    state("(not (and " + same + "))");
  }
}
