package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.search.ByteSource.Change;
import dev.scr.k2.search.ByteSource.Origin;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts chosen moves in order and gives their values registers. For one use, by one thread. */
final class MoveSchedule {
  private final Layout layout;
  private final TargetFeatures target;
  private final BaseRegisters bases;
  private final List<ByteMove> order;
  private final Collection<ByteResult> results;
  private final List<Instruction> code = new ArrayList<>();

  /** Registers and what they hold now. */
  private final @Nullable ByteSource[] holds = new ByteSource[Reg.COUNT];

  /** Bit set of registers that must not be written. */
  private int taken;

  /**
   * @param order stores, the first one first
   * @param results every register that is needed afterwards and is not what it was
   */
  MoveSchedule(
      Layout layout,
      TargetFeatures target,
      BaseRegisters bases,
      List<ByteMove> order,
      Collection<ByteResult> results) {
    this.layout = layout;
    this.target = target;
    this.bases = bases;
    this.order = order;
    this.results = results;
  }

  /** The instructions; null if there are not enough registers. */
  @Nullable List<Instruction> code() {
    reserve();
    for (int i = 0; i < order.size(); i++) {
      if (!rescue(i) || !perform(i)) {
        return null;
      }
    }
    return provideResults() ? code : null;
  }

  /** Registers that must stay as they are. */
  private void reserve() {
    for (int r = 0; r < Reg.COUNT; r++) {
      if (layout.liveBits(r) != 0 && !isResult(r)) {
        taken |= 1 << r;
      }
    }
    taken |= 1 << Reg.FP.number() | bases.asBits();
    for (ByteMove move : order) {
      hold(move.source());
    }
    for (ByteResult result : results) {
      hold(result.source());
    }
  }

  private boolean isResult(int register) {
    return results.stream().anyMatch(result -> result.register() == register);
  }

  private void hold(ByteSource source) {
    if (source.origin() instanceof Origin.Held(int register)) {
      taken |= 1 << register;
    }
  }

  /** Loads what is still needed and would be overwritten by the store. */
  private boolean rescue(int at) {
    ByteMove store = order.get(at);
    for (int i = at + 1; i < order.size(); i++) {
      if (store.overwrites(order.get(i).source()) && !present(order.get(i).source())) {
        return false;
      }
    }
    for (ByteResult result : results) {
      if (store.overwrites(result.source()) && !present(result.source())) {
        return false;
      }
    }
    return true;
  }

  /** Makes sure that the origin of a source is in a register. */
  private boolean present(ByteSource source) {
    return register(source.unchanged()) >= 0 || register(source) >= 0 || load(source.origin()) >= 0;
  }

  private int register(ByteSource source) {
    if (source.origin() instanceof Origin.Held(int register) && source.isPlain()) {
      return register;
    }
    for (int r = 0; r < holds.length; r++) {
      if (source.equals(holds[r])) {
        return r;
      }
    }
    return -1;
  }

  private int load(Origin origin) {
    int r = free(origin);
    if (r < 0) {
      return -1;
    }
    switch (origin) {
      case Origin.Held _ -> {
        return -1;
      }
      case Origin.Loaded(int region, int index, int bytes) ->
          code.add(
              new Load(
                  MemSize.ofBytes(bytes),
                  false,
                  Reg.of(r),
                  bases.of(region),
                  bases.offset(region, index)));
      case Origin.Constant(long value) -> code.add(constant(r, value));
    }
    holds[r] = ByteSource.plain(origin);
    return r;
  }

  private Instruction constant(int r, long value) {
    if (value == (int) value) {
      return new Alu(Width.W64, AluOp.MOV, Reg.of(r), new Imm((int) value));
    }
    if (value >>> 32 == 0 && target.arithmetic32()) {
      return new Alu(Width.W32, AluOp.MOV, Reg.of(r), new Imm((int) value));
    }
    return LoadWide.constant(Reg.of(r), value);
  }

  /** A register for a value: the one it has to end in, else one that nobody needs. */
  private int free(Origin origin) {
    for (ByteResult result : results) {
      boolean mine = result.source().origin().equals(origin);
      if (mine && (taken >> result.register() & 1) == 0) {
        taken |= 1 << result.register();
        return result.register();
      }
    }
    for (int r = 0; r < 10; r++) {
      if ((taken >> r & 1) == 0 && !isResult(r)) {
        taken |= 1 << r;
        return r;
      }
    }
    for (int r = 9; r >= 0; r--) {
      if ((taken >> r & 1) == 0) {
        taken |= 1 << r;
        return r;
      }
    }
    return -1;
  }

  private boolean perform(int at) {
    ByteMove move = order.get(at);
    if (move.source().origin() instanceof Origin.Constant(long value)
        && target.storeImmediate()
        && fits(value, move.bytes())) {
      code.add(
          new Store(
              MemSize.ofBytes(move.bytes()),
              bases.of(move.region()),
              bases.offset(move.region(), move.index()),
              new Imm((int) value)));
      return true;
    }
    int r = value(move.source(), at + 1);
    if (r < 0) {
      return false;
    }
    code.add(
        new Store(
            MemSize.ofBytes(move.bytes()),
            bases.of(move.region()),
            bases.offset(move.region(), move.index()),
            Reg.of(r)));
    release(at + 1);
    return true;
  }

  private static boolean fits(long value, int bytes) {
    return bytes < 8 || value == (int) value;
  }

  /** A register that holds a source; {@code next} is the first move that comes after. */
  private int value(ByteSource source, int next) {
    int there = register(source);
    if (there >= 0) {
      return there;
    }
    ByteSource plain = source.unchanged();
    int r = register(plain);
    if (r < 0) {
      r = load(source.origin());
    }
    if (r < 0 || source.isPlain()) {
      return r;
    }
    if (neededLater(plain, next)) {
      int copy = free(new Origin.Held(-1));
      if (copy < 0) {
        return -1;
      }
      code.add(new Alu(Width.W64, AluOp.MOV, Reg.of(copy), Reg.of(r)));
      r = copy;
    }
    code.add(change(source.change(), r));
    holds[r] = source;
    return r;
  }

  private boolean neededLater(ByteSource source, int next) {
    for (int i = next; i < order.size(); i++) {
      if (order.get(i).source().origin().equals(source.origin())) {
        return true;
      }
    }
    return results.stream().anyMatch(result -> result.source().equals(source));
  }

  private static Instruction change(Change change, int r) {
    if (change.swap() != null) {
      return new Swap(change.swap(), Reg.of(r));
    }
    AluOp op = change.shift() > 0 ? AluOp.LSH : AluOp.RSH;
    return new Alu(Width.W64, op, Reg.of(r), new Imm(8 * Math.abs(change.shift())));
  }

  /** Gives registers back whose value nobody needs any more. */
  private void release(int next) {
    for (int r = 0; r < holds.length; r++) {
      ByteSource held = holds[r];
      if (held == null) {
        continue;
      }
      boolean needed =
          results.stream().anyMatch(res -> res.source().origin().equals(held.origin()));
      for (int i = next; i < order.size() && !needed; i++) {
        needed = order.get(i).source().origin().equals(held.origin());
      }
      if (!needed) {
        holds[r] = null;
        taken &= ~(1 << r);
      }
    }
  }

  private boolean provideResults() {
    for (ByteResult result : results) {
      int r = value(result.source(), order.size());
      if (r < 0) {
        return false;
      }
      if (r != result.register()) {
        code.add(new Alu(Width.W64, AluOp.MOV, Reg.of(result.register()), Reg.of(r)));
      }
    }
    return true;
  }
}
