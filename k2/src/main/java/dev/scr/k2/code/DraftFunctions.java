package dev.scr.k2.code;

import dev.scr.ebpf.object.ProgramSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The functions of a draft: cut out of its lines, and put back with other code. Works on the lists
 * of the draft, whose lines have their places. Owned by its thread.
 */
final class DraftFunctions {
  private final ProgramSpec origin;
  private final List<Line> lines;
  private final List<Line> starts;

  DraftFunctions(ProgramSpec origin, List<Line> lines, List<Line> starts) {
    this.origin = origin;
    this.lines = lines;
    this.starts = starts;
  }

  /**
   * The functions by name.
   *
   * @throws IllegalStateException if a jump leaves its function
   */
  Map<String, FunctionBody> bodies() {
    Map<String, FunctionBody> bodies = new LinkedHashMap<>();
    for (int f = 0; f < origin.functions().size(); f++) {
      int from = starts.get(f).index();
      int to = end(from);
      List<FunctionBody.Part> parts = new ArrayList<>();
      for (Line line : lines.subList(from, to)) {
        parts.add(part(line, from, to));
      }
      bodies.put(origin.functions().get(f).name(), new FunctionBody(parts));
    }
    return bodies;
  }

  private int end(int from) {
    return starts.stream().mapToInt(Line::index).filter(at -> at > from).min().orElse(lines.size());
  }

  private FunctionBody.Part part(Line line, int from, int to) {
    if (!line.refers()) {
      return new FunctionBody.Part(line.insn(), -1, "");
    }
    if (!line.isJump()) {
      String callee = origin.functions().get(starts.indexOf(line.target())).name();
      return new FunctionBody.Part(line.insn(), -1, callee);
    }
    int target = line.target().index();
    if (target < from || target >= to) {
      throw new IllegalStateException("expected a jump inside its function: " + line);
    }
    return new FunctionBody.Part(line.insn(), target - from, "");
  }

  /**
   * Puts other code in the place of functions with these names; the rest stays as it is, but for
   * what refers to a line that is gone.
   *
   * @return first lines that are gone, and what stands for each
   */
  IdentityHashMap<Line, Line> replace(Map<String, FunctionBody> bodies) {
    List<Line> all = new ArrayList<>();
    List<Line> newStarts = new ArrayList<>(starts);
    IdentityHashMap<Line, String> callees = new IdentityHashMap<>();
    IdentityHashMap<Line, Line> moved = new IdentityHashMap<>();
    for (Line start : starts.stream().sorted(Comparator.comparingInt(Line::index)).toList()) {
      int f = starts.indexOf(start);
      FunctionBody body =
          f < origin.functions().size() ? bodies.get(origin.functions().get(f).name()) : null;
      if (body == null) {
        all.addAll(lines.subList(start.index(), end(start.index())));
        continue;
      }
      List<Line> fresh = lines(body, callees);
      newStarts.set(f, fresh.getFirst());
      moved.put(start, fresh.getFirst());
      all.addAll(fresh);
    }
    lines.clear();
    lines.addAll(all);
    starts.clear();
    starts.addAll(newStarts);
    callees.forEach((line, callee) -> line.retarget(starts.get(indexOf(callee))));
    return moved;
  }

  /** Lines of their own for a body; those that refer to functions are put into {@code callees}. */
  private static List<Line> lines(FunctionBody body, Map<Line, String> callees) {
    List<Line> fresh = body.parts().stream().map(part -> new Line(part.insn())).toList();
    for (int i = 0; i < fresh.size(); i++) {
      FunctionBody.Part part = body.parts().get(i);
      if (part.target() >= 0) {
        fresh.get(i).retarget(fresh.get(part.target()));
      } else if (!part.callee().isEmpty()) {
        callees.put(fresh.get(i), part.callee());
      }
    }
    return fresh;
  }

  private int indexOf(String function) {
    for (int f = 0; f < origin.functions().size(); f++) {
      if (origin.functions().get(f).name().equals(function)) {
        return f;
      }
    }
    throw new IllegalArgumentException(
        "expected a function of " + origin.name() + ", found " + function);
  }
}
