package dev.scr.k2.code;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramSpec.FunctionStart;
import dev.scr.ebpf.object.ProgramType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A program that is being rewritten. Lines may be inserted, deleted and moved; jumps follow their
 * targets. Owned by one thread.
 */
public final class Draft {
  private final ProgramSpec origin;
  private final List<Line> lines = new ArrayList<>();

  /** First lines of functions: those that {@link #origin} names in its order, then others. */
  private final List<Line> starts = new ArrayList<>();

  private Draft(ProgramSpec origin) {
    this.origin = origin;
  }

  /** The lines of a program. */
  public static Draft of(ProgramSpec program) {
    Draft draft = new Draft(program);
    InstructionList code = program.code();
    for (Instruction insn : code.instructions()) {
      draft.lines.add(new Line(insn));
    }
    for (int i = 0; i < code.size(); i++) {
      if (InstructionList.distance(code.get(i)).isPresent()) {
        draft.lines.get(i).retarget(draft.lines.get(code.target(i)));
      }
    }
    for (FunctionStart start : program.functions()) {
      draft.starts.add(draft.lines.get(start.index()));
    }
    for (Line line : draft.lines) {
      if (line.refers() && !line.isJump() && !draft.starts.contains(line.target())) {
        draft.starts.add(line.target());
      }
    }
    draft.renumber();
    return draft;
  }

  /** A copy with lines of its own at the same places. */
  public Draft copy() {
    renumber();
    Draft copy = new Draft(origin);
    for (Line line : lines) {
      copy.lines.add(new Line(line.insn()));
    }
    for (Line line : lines) {
      if (line.refers()) {
        copy.lines.get(line.index()).retarget(copy.lines.get(line.target().index()));
      }
    }
    for (Line start : starts) {
      copy.starts.add(copy.lines.get(start.index()));
    }
    copy.renumber();
    return copy;
  }

  /** What kind of program it is. */
  public ProgramType type() {
    return origin.type();
  }

  /** The maps that LDDWs refer to by index. */
  public List<MapSpec> maps() {
    return origin.maps();
  }

  /** The program that this was before any rewrite. */
  public ProgramSpec origin() {
    return origin;
  }

  /** The lines in order. Call {@link #renumber()} after changing the list. */
  public List<Line> lines() {
    return lines;
  }

  /** The line at a place. */
  public Line line(int index) {
    return lines.get(index);
  }

  /** How many lines there are. */
  public int size() {
    return lines.size();
  }

  /** First lines of the functions; the program's entry first. */
  public List<Line> starts() {
    return starts;
  }

  /** Number of 8-byte slots. */
  public int slots() {
    int slots = 0;
    for (Line line : lines) {
      slots += line.insn().slots();
    }
    return slots;
  }

  /** Gives every line its place. */
  public void renumber() {
    for (int i = 0; i < lines.size(); i++) {
      lines.get(i).index(i);
    }
  }

  /** Lines that control may reach other than from the line before: targets and function starts. */
  public BitSet leaders() {
    renumber();
    BitSet leaders = new BitSet(lines.size());
    for (Line line : lines) {
      if (line.refers()) {
        leaders.set(line.target().index());
      }
    }
    for (Line start : starts) {
      leaders.set(start.index());
    }
    return leaders;
  }

  /** Whether every jump stays in its function, as verifiers demand. */
  public boolean jumpsStayInFunctions() {
    renumber();
    if (starts.size() < 2) {
      return true;
    }
    BitSet entries = new BitSet(lines.size());
    starts.forEach(start -> entries.set(start.index()));
    for (Line line : lines) {
      if (line.isJump()) {
        int from = Math.min(line.index(), line.target().index());
        int to = Math.max(line.index(), line.target().index());
        int entry = entries.nextSetBit(from + 1);
        if (entry >= 0 && entry <= to) {
          return false;
        }
      }
    }
    return true;
  }

  /** Deletes a line; what referred to it refers to the line after it. */
  public void delete(Line line) {
    renumber();
    int at = line.index();
    if (at + 1 < lines.size()) {
      redirect(line, lines.get(at + 1));
    }
    lines.remove(at);
    renumber();
  }

  /**
   * Deletes the lines that a set of places names; what referred to one refers to the next that
   * stays.
   */
  public void deleteAll(BitSet dead) {
    if (dead.isEmpty()) {
      return;
    }
    renumber();
    IdentityHashMap<Line, Line> moved = new IdentityHashMap<>();
    List<Line> kept = new ArrayList<>(lines.size());
    Line next = null;
    for (int i = lines.size() - 1; i >= 0; i--) {
      if (dead.get(i)) {
        if (next != null) {
          moved.put(lines.get(i), next);
        }
      } else {
        next = lines.get(i);
        kept.add(next);
      }
    }
    redirectAll(moved);
    lines.clear();
    lines.addAll(kept.reversed());
    renumber();
  }

  /** Makes everything that refers to one line refer to another. */
  public void redirect(Line from, Line to) {
    IdentityHashMap<Line, Line> moved = new IdentityHashMap<>();
    moved.put(from, to);
    redirectAll(moved);
  }

  private void redirectAll(IdentityHashMap<Line, Line> moved) {
    for (Line line : lines) {
      if (line.refers()) {
        Line target = moved.get(line.target());
        if (target != null) {
          line.retarget(target);
        }
      }
    }
    starts.replaceAll(start -> {
      Line other = moved.get(start);
      return other == null ? start : other;
    });
  }

  /**
   * Replaces the lines {@code from} to {@code to} (exclusive) by others. What referred to the first
   * refers to the first of the new ones, or to what follows; nothing may refer to the others.
   */
  public void replace(int from, int to, List<Line> others) {
    Line first = lines.get(from);
    @Nullable Line follows = to < lines.size() ? lines.get(to) : null;
    lines.subList(from, to).clear();
    lines.addAll(from, others);
    @Nullable Line now = others.isEmpty() ? follows : others.getFirst();
    if (now != null && now != first) {
      redirect(first, now);
    }
    renumber();
  }

  /**
   * The functions by name.
   *
   * @throws IllegalStateException if a jump leaves its function
   */
  public Map<String, FunctionBody> functions() {
    renumber();
    return new DraftFunctions(origin, lines, starts).bodies();
  }

  /** Puts other code in the place of functions with these names; the rest stays as it is. */
  public void replaceFunctions(Map<String, FunctionBody> bodies) {
    renumber();
    redirectAll(new DraftFunctions(origin, lines, starts).replace(bodies));
    renumber();
  }

  /** Makes this draft say what another one says. */
  public void become(Draft other) {
    Draft copy = other.copy();
    lines.clear();
    lines.addAll(copy.lines);
    starts.clear();
    starts.addAll(copy.starts);
    renumber();
  }

  /**
   * The program as it is now.
   *
   * @throws DistanceException if a jump is too long to be encoded
   */
  public ProgramSpec program() {
    renumber();
    int[] slot = new int[lines.size() + 1];
    for (int i = 0; i < lines.size(); i++) {
      slot[i + 1] = slot[i] + lines.get(i).insn().slots();
    }
    List<Instruction> code = new ArrayList<>(lines.size());
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      code.add(
          line.refers()
              ? placed(line.insn(), slot[line.target().index()] - slot[i] - 1)
              : line.insn());
    }
    List<FunctionStart> placedStarts = new ArrayList<>();
    for (int f = 0; f < origin.functions().size(); f++) {
      placedStarts.add(new FunctionStart(origin.functions().get(f).name(), starts.get(f).index()));
    }
    return new ProgramSpec(
        origin.name(),
        origin.section(),
        origin.type(),
        new InstructionList(code),
        placedStarts,
        origin.maps());
  }

  private static Instruction placed(Instruction insn, int distance) {
    return switch (insn) {
      case Jump _ -> new Jump(false, inRange(distance));
      case Branch branch ->
          new Branch(branch.width(), branch.op(), branch.dst(), branch.src(), inRange(distance));
      case CallLocal _ -> new CallLocal(distance);
      case LoadWide wide -> new LoadWide(wide.dst(), WideSource.CODE, distance, 0);
      default -> insn;
    };
  }

  private static short inRange(int distance) {
    if (distance != (short) distance) {
      throw new DistanceException(distance);
    }
    return (short) distance;
  }

  /** One line per line, with its place and the place it jumps to. */
  @Override
  public String toString() {
    BitSet leaders = leaders();
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      text.append(leaders.get(line.index()) ? 'L' : ' ')
          .append(line.index())
          .append(":\t")
          .append(line)
          .append('\n');
    }
    return text.toString();
  }
}
