package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.Region;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.analysis.Term.Op;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Instructions of one slot that put a wanted value into a register. The form of the term proposes
 * them; each is then executed on the state, and only those that leave exactly the wanted term are
 * given.
 */
final class OneInstruction {
  private final Scene scene;
  private final State state;

  OneInstruction(Scene scene, State state) {
    this.scene = scene;
    this.state = state;
  }

  /** The instructions, cheapest first. */
  List<Instruction> computing(Term wanted, Reg dst) {
    List<Instruction> found = new ArrayList<>();
    Long constant = state.constant(wanted);
    if (constant != null) {
      Simplify.move(dst, constant, scene.options()).ifPresent(found::add);
      return found;
    }
    List<Instruction> proposed = new ArrayList<>();
    Reg holder = state.holding(wanted, dst);
    if (holder != null) {
      proposed.add(new Alu(Width.W64, AluOp.MOV, dst, holder));
    }
    extensions(wanted, dst, proposed);
    operations(wanted, dst, proposed);
    loads(wanted, dst, proposed);
    for (Instruction insn : proposed) {
      if (leaves(insn, wanted)) {
        found.add(insn);
      }
    }
    return found;
  }

  private boolean leaves(Instruction insn, Term wanted) {
    Analysis analysis = scene.analysis();
    return switch (insn) {
      case Alu alu -> analysis.computed(alu, state) == wanted;
      case Load load -> analysis.loaded(load, state) == wanted;
      case Swap swap -> {
        Term value = state.register(swap.dst());
        yield value != null && Meaning.swap(analysis.terms(), swap.op(), value) == wanted;
      }
      default -> false;
    };
  }

  private void extensions(Term wanted, Reg dst, List<Instruction> proposed) {
    for (int r = 0; r < Reg.COUNT; r++) {
      Reg reg = Reg.of(r);
      Term value = state.register(reg);
      if (value == null || value.region() != null) {
        continue;
      }
      if (scene.options().words32()) {
        proposed.add(new Alu(Width.W32, AluOp.MOV, dst, reg));
      }
      if (scene.options().signExtending() && wanted.op() == Op.SEXT) {
        proposed.add(new Alu(Width.W64, AluOp.MOVSX32, dst, reg));
        proposed.add(new Alu(Width.W64, AluOp.MOVSX16, dst, reg));
        proposed.add(new Alu(Width.W64, AluOp.MOVSX8, dst, reg));
      }
    }
    Term held = state.register(dst);
    if (held != null && held.region() == null) {
      for (SwapOp op : List.of(SwapOp.BE16, SwapOp.BE32, SwapOp.BE64, SwapOp.LE16)) {
        proposed.add(new Swap(op, dst));
      }
    }
  }

  private void operations(Term wanted, Reg dst, List<Instruction> proposed) {
    Optional<AluOp> op = aluOp(wanted.op());
    Term held = state.register(dst);
    if (op.isEmpty() || held == null) {
      return;
    }
    if (held == wanted.a() || (wanted.op() == Op.ADD && held.base() == wanted.base())) {
      operand(wanted.op() == Op.ADD ? difference(wanted, held) : wanted.b())
          .ifPresent(src -> proposed.add(new Alu(Width.W64, op.get(), dst, src)));
    }
    if (held == wanted.b() && op.get() != AluOp.SUB && !isShift(op.get())) {
      operand(wanted.a()).ifPresent(src -> proposed.add(new Alu(Width.W64, op.get(), dst, src)));
    }
  }

  private Term difference(Term wanted, Term held) {
    return held == wanted.a()
        ? wanted.b()
        : scene.analysis().terms().constant(wanted.offset() - held.offset());
  }

  private static boolean isShift(AluOp op) {
    return op == AluOp.LSH || op == AluOp.RSH || op == AluOp.ARSH;
  }

  private Optional<Operand> operand(Term term) {
    Long constant = state.constant(term);
    if (constant != null && constant == (int) (long) constant) {
      return Optional.of(new Imm((int) (long) constant));
    }
    Reg holder = state.holding(term, Reg.FP);
    return Optional.ofNullable(holder);
  }

  private static Optional<AluOp> aluOp(Op op) {
    return switch (op) {
      case ADD -> Optional.of(AluOp.ADD);
      case SUB -> Optional.of(AluOp.SUB);
      case MUL -> Optional.of(AluOp.MUL);
      case AND -> Optional.of(AluOp.AND);
      case OR -> Optional.of(AluOp.OR);
      case XOR -> Optional.of(AluOp.XOR);
      case SHL -> Optional.of(AluOp.LSH);
      case SHR -> Optional.of(AluOp.RSH);
      case SAR -> Optional.of(AluOp.ARSH);
      default -> Optional.empty();
    };
  }

  private void loads(Term wanted, Reg dst, List<Instruction> proposed) {
    boolean signed = wanted.op() == Op.SEXT;
    if (signed && !scene.options().signExtending()) {
      return;
    }
    Term memory = signed ? wanted.a() : wanted;
    if (memory.op() != Op.LOAD || (signed && wanted.value() > 8 * memory.value())) {
      return;
    }
    int bytes = signed ? (int) wanted.value() / 8 : (int) memory.value();
    Optional<MemSize> size = Accesses.size(bytes);
    if (size.isEmpty() || (signed && wanted.value() % 8 != 0)) {
      return;
    }
    Term address = memory.a();
    for (int r = 0; r < Reg.COUNT; r++) {
      Term base = state.registers(r);
      if (base != null
          && base.base() == address.base()
          && base.region() != null
          && mayRead(address, bytes)) {
        long offset = address.offset() - base.offset();
        if (offset == (short) offset) {
          proposed.add(new Load(size.get(), signed, dst, Reg.of(r), (short) offset));
        }
      }
    }
  }

  /** The program reads these very bytes already, or it may. */
  private boolean mayRead(Term address, int bytes) {
    return address.region() instanceof Region.Context
        ? isRead(address, bytes)
        : Accesses.allowed(scene.draft(), scene.analysis(), state, address, bytes, scene.options());
  }

  /** Whether the program has a load of this field: which parts of it may be read differs. */
  private boolean isRead(Term address, int bytes) {
    for (Line line : scene.draft().lines()) {
      State there = scene.analysis().before(line);
      if (there != null && line.insn() instanceof Load load && load.size().bytes() == bytes) {
        Term base = there.register(load.base());
        if (base != null
            && base.base() == address.base()
            && base.offset() + load.offset() == address.offset()) {
          return true;
        }
      }
    }
    return false;
  }
}
