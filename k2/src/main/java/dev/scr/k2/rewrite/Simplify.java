package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.k2.analysis.Region;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Line;
import java.util.BitSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Replaces instructions by cheaper ones that leave exactly the same values: what is known already
 * is not computed again, constants become immediates, decided branches go. Since every value stays
 * the same, all places change in one go.
 */
final class Simplify implements Rewrite {
  @Override
  public String name() {
    return "simplify";
  }

  @Override
  public int apply(Scene scene) {
    BitSet dead = new BitSet(scene.draft().size());
    int changes = 0;
    for (Line line : scene.draft().lines()) {
      State state = scene.analysis().before(line);
      if (state == null) {
        continue;
      }
      Instruction old = line.insn();
      if (new Place(scene, line, state).simplify()) {
        dead.set(line.index());
        changes++;
      } else if (!line.insn().equals(old)) {
        changes++;
      }
    }
    scene.draft().deleteAll(dead);
    if (changes > 0) {
      scene.changed();
    }
    return changes;
  }

  /** One line with what is known before it. */
  private record Place(Scene scene, Line line, State state) {
    /** Puts something cheaper in place; whether the line may go altogether. */
    boolean simplify() {
      return switch (line.insn()) {
        case Alu alu -> computes(alu.dst(), scene.analysis().computed(alu, state)) || alu(alu);
        case Load load -> computes(load.dst(), scene.analysis().loaded(load, state));
        case Swap swap -> {
          Term value = state.register(swap.dst());
          yield value != null
              && computes(swap.dst(), Meaning.swap(scene.analysis().terms(), swap.op(), value));
        }
        case LoadWide wide -> wide(wide);
        case Store store -> store(store);
        case Branch branch -> branch(branch);
        default -> false;
      };
    }

    private boolean computes(Reg dst, @Nullable Term value) {
      if (value == null) {
        return false;
      }
      if (state.register(dst) == value) {
        return true;
      }
      Long constant = state.constant(value);
      if (constant != null) {
        Optional<Instruction> move = move(dst, constant, scene.options());
        if (move.isPresent()) {
          line.become(move.get());
        }
        return false;
      }
      Reg other = state.holding(value, dst);
      boolean isMove = line.insn() instanceof Alu alu && alu.op() == AluOp.MOV;
      if (other != null && !isMove && mayCopy(value)) {
        line.become(new Alu(Width.W64, AluOp.MOV, dst, other));
      } else if (isMove && line.insn() instanceof Alu alu && alu.src() instanceof Reg src) {
        preferOriginal(dst, src, value);
      }
      return false;
    }

    /** A pointer keeps what the verifier knows of it only if it is copied from a pointer. */
    private static boolean mayCopy(Term value) {
      return !(value.region() instanceof Region.Unknown);
    }

    private void preferOriginal(Reg dst, Reg src, Term value) {
      if (line.insn() instanceof Alu alu
          && alu.width() == Width.W32
          && state.register(src) == value
          && value.region() == null) {
        line.become(new Alu(Width.W64, AluOp.MOV, dst, src));
      }
    }

    private boolean alu(Alu alu) {
      if (!(alu.src() instanceof Reg src)
          || alu.op().source() != AluOp.Source.ANY
          || !line.insn().equals(alu)) {
        return false;
      }
      Term value = state.register(src);
      Long constant = value == null ? null : state.constant(value);
      if (constant == null) {
        return false;
      }
      if (alu.width() == Width.W32 || constant == (int) (long) constant) {
        line.become(new Alu(alu.width(), alu.op(), alu.dst(), new Imm((int) (long) constant)));
      } else if (alu.op() == AluOp.AND) {
        long narrow = (int) (long) constant;
        Term dst = state.register(alu.dst());
        if (dst != null && ((narrow ^ constant) & ~state.bounds(dst).zeros()) == 0) {
          line.become(new Alu(alu.width(), alu.op(), alu.dst(), new Imm((int) narrow)));
        }
      }
      return false;
    }

    private boolean wide(LoadWide wide) {
      if (wide.source() == WideSource.CONSTANT) {
        return computes(wide.dst(), scene.analysis().terms().constant(wide.value()));
      }
      Term value = scene.analysis().constant(wide);
      if (state.register(wide.dst()) == value) {
        return true;
      }
      Reg other = state.holding(value, wide.dst());
      if (other != null) {
        line.become(new Alu(Width.W64, AluOp.MOV, wide.dst(), other));
      }
      return false;
    }

    private boolean store(Store store) {
      if (!(store.src() instanceof Reg src)) {
        return false;
      }
      Term value = state.register(src);
      Term base = state.register(store.base());
      if (value == null
          || base == null
          || (base.region() instanceof Region.Context && !scene.options().contextImmediates())) {
        return false;
      }
      Long constant = state.constant(value);
      if (constant == null && value.bounds().isConstant()) {
        constant = value.bounds().min();
      }
      if (constant == null) {
        constant = lowConstant(value, store.size());
      }
      if (constant != null && (store.size() != MemSize.DW || constant == (int) (long) constant)) {
        line.become(
            new Store(store.size(), store.base(), store.offset(), new Imm((int) (long) constant)));
      }
      return false;
    }

    private @Nullable Long lowConstant(Term value, MemSize size) {
      Term low = scene.analysis().terms().zeroExtend(value, size.bits());
      return size == MemSize.DW ? null : state.constant(low);
    }

    private boolean branch(Branch branch) {
      Term condition = scene.analysis().condition(branch, state);
      if (condition != null && condition.isConstant() && !guardsPointer(branch)) {
        if (condition.is(0)) {
          return true;
        }
        Line target = line.target();
        line.become(new Jump(false, 0), target);
        return false;
      }
      if (branch.src() instanceof Reg src) {
        constantOperand(branch, src);
      }
      return false;
    }

    /**
     * Whether the outcome is known from a fact that the verifier may not know, so that what it
     * guards would be refused without it.
     */
    private boolean guardsPointer(Branch branch) {
      Term value = state.register(branch.dst());
      return value != null && value.region() != null;
    }

    private void constantOperand(Branch branch, Reg src) {
      Term a = state.register(branch.dst());
      Term b = state.register(src);
      if (a == null || b == null) {
        return;
      }
      Long right = state.constant(b);
      Long left = state.constant(a);
      if (right != null && fits(branch.width(), right)) {
        become(branch.width(), branch.op(), branch.dst(), right);
      } else if (left != null
          && fits(branch.width(), left)
          && scene.options().has(mirrored(branch.op()))) {
        become(branch.width(), mirrored(branch.op()), src, left);
      }
    }

    private static boolean fits(Width width, long constant) {
      return width == Width.W32 || constant == (int) constant;
    }

    private void become(Width width, JmpOp op, Reg dst, long constant) {
      line.become(new Branch(width, op, dst, new Imm((int) constant), (short) 0), line.target());
    }

    private static JmpOp mirrored(JmpOp op) {
      return switch (op) {
        case JEQ, JNE, JSET -> op;
        case JGT -> JmpOp.JLT;
        case JLT -> JmpOp.JGT;
        case JGE -> JmpOp.JLE;
        case JLE -> JmpOp.JGE;
        case JSGT -> JmpOp.JSLT;
        case JSLT -> JmpOp.JSGT;
        case JSGE -> JmpOp.JSLE;
        case JSLE -> JmpOp.JSGE;
      };
    }
  }

  /** For other rewrites: the instruction that loads a constant into a register in one slot. */
  static Optional<Instruction> move(Reg dst, long constant, RewriteOptions options) {
    if (constant == (int) constant) {
      return Optional.of(new Alu(Width.W64, AluOp.MOV, dst, new Imm((int) constant)));
    }
    return constant >>> 32 == 0 && options.words32()
        ? Optional.of(new Alu(Width.W32, AluOp.MOV, dst, new Imm((int) constant)))
        : Optional.empty();
  }
}
