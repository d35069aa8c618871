package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.Region;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.analysis.Terms;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A store of what is there plus something becomes an atomic addition; the load and the addition
 * die. Only in map values: elsewhere the verifier refuses atomic operations. The verifier wants
 * them aligned.
 */
final class AtomicAdd implements Proposal {
  @Override
  public String name() {
    return "atomic-add";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    if (!scene.options().atomicAdds()) {
      return -1;
    }
    for (int at = from; at < scene.draft().size(); at++) {
      Line line = scene.draft().line(at);
      State state = scene.analysis().before(line);
      if (state != null
          && line.insn() instanceof Store store
          && replace(scene, line, state, store)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean replace(Scene scene, Line line, State state, Store store) {
    Term base = state.register(store.base());
    if ((store.size() != MemSize.DW && store.size() != MemSize.W)
        || !(store.src() instanceof Reg src)
        || base == null
        || !(base.region() instanceof Region.MapValue)
        || (base.offset() + store.offset()) % store.size().bytes() != 0) {
      return false;
    }
    Terms terms = scene.analysis().terms();
    Term address = terms.add(base, terms.constant(store.offset()));
    Term there = state.load(address, store.size().bytes());
    Term value = state.register(src);
    if (there == null || value == null || there.isConstant()) {
      return false;
    }
    Term added = terms.subtract(value, there);
    Width width = store.size() == MemSize.DW ? Width.W64 : Width.W32;
    Reg holder = state.holding(added, Reg.FP);
    if (holder != null) {
      line.become(new Atomic(width, AtomicOp.ADD, store.base(), store.offset(), holder));
      return true;
    }
    Long constant = state.constant(added);
    if (constant == null) {
      return false;
    }
    Optional<Reg> scratch = Scratch.after(scene, line, List.of(src));
    if (scratch.isEmpty() || scratch.get().equals(store.base())) {
      return false;
    }
    var move = Simplify.move(scratch.get(), constant, scene.options());
    if (move.isEmpty()) {
      return false;
    }
    List<Line> lines = new ArrayList<>();
    lines.add(new Line(move.get()));
    lines.add(
        new Line(new Atomic(width, AtomicOp.ADD, store.base(), store.offset(), scratch.get())));
    scene.draft().replace(line.index(), line.index() + 1, lines);
    return true;
  }
}
