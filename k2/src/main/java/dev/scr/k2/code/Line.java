package dev.scr.k2.code;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.WideSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One line of a {@link Draft}: an instruction, and the line it refers to if it is a jump, a branch,
 * a local call or a code address. The distance in such an instruction is always 0 here. Lines are
 * compared by identity. Owned by one thread together with their draft.
 */
public final class Line {
  private Instruction insn;
  private @Nullable Line target;
  private int index = -1;

  /** A line that refers to no other. */
  public Line(Instruction insn) {
    this(insn, null);
  }

  /** A line that refers to another. */
  public Line(Instruction insn, @Nullable Line target) {
    this.insn = withoutDistance(insn);
    this.target = target;
  }

  /** The instruction; a distance in it is 0. */
  public Instruction insn() {
    return insn;
  }

  /** Puts another instruction here, which refers to the same line if it refers to any. */
  public void become(Instruction other) {
    insn = withoutDistance(other);
    if (!refers()) {
      target = null;
    }
  }

  /** Puts another instruction here, which refers to a line. */
  public void become(Instruction other, Line newTarget) {
    insn = withoutDistance(other);
    target = newTarget;
  }

  /** Whether the instruction refers to a line. */
  public boolean refers() {
    return isJump()
        || insn instanceof CallLocal
        || (insn instanceof LoadWide wide && wide.source() == WideSource.CODE);
  }

  /** Whether control may go to the target. */
  public boolean isJump() {
    return insn instanceof Jump || insn instanceof Branch;
  }

  /** Whether control may go on with the next line. */
  public boolean fallsThrough() {
    return !(insn instanceof Jump || insn instanceof Exit);
  }

  /** The line this one refers to; only where {@link #refers()}. */
  public Line target() {
    return Objects.requireNonNull(target);
  }

  /** Makes the instruction refer to another line. */
  public void retarget(Line other) {
    target = other;
  }

  /** Place in its draft, as of the last {@link Draft#renumber()}. */
  public int index() {
    return index;
  }

  void index(int place) {
    index = place;
  }

  private static Instruction withoutDistance(Instruction insn) {
    return switch (insn) {
      case Jump jump when jump.offset() != 0 || jump.wide() -> new Jump(false, 0);
      case Branch branch when branch.offset() != 0 ->
          new Branch(branch.width(), branch.op(), branch.dst(), branch.src(), (short) 0);
      case CallLocal call when call.offset() != 0 -> new CallLocal(0);
      case LoadWide wide when wide.source() == WideSource.CODE && wide.imm() != 0 ->
          new LoadWide(wide.dst(), WideSource.CODE, 0, 0);
      default -> insn;
    };
  }

  @Override
  public String toString() {
    return refers() && target != null ? insn + " -> " + target.index : insn.toString();
  }
}
