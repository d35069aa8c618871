package dev.scr.k2.proof;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a region of one version says, wherever it stands in the program: its instructions in an
 * order that its control flow gives, with the names of those that follow each. A name is a number
 * of a line of the region, or the complement of the number of an end.
 */
final class RegionText {
  private final ProgramShape shape;
  private final BitSet cuts;
  private final List<Object> text = new ArrayList<>();
  private final List<Integer> lines = new ArrayList<>();
  private final List<Integer> ends = new ArrayList<>();
  private final Map<Integer, Integer> names = new HashMap<>();
  private final Deque<Integer> open = new ArrayDeque<>();

  private RegionText(ProgramShape shape, BitSet cuts) {
    this.shape = shape;
    this.cuts = cuts;
  }

  /**
   * The text of what is reached from a line, up to where paths are cut.
   *
   * @param returns where the callers of the line's function go on, the last one first
   */
  static RegionText of(ProgramShape shape, int start, List<Integer> returns, BitSet cuts) {
    RegionText region = new RegionText(shape, cuts);
    // The start itself may be a cut point to which paths come back.
    region.add(start);
    List<Object> outside = new ArrayList<>();
    returns.forEach(line -> outside.add(region.nameOf(line)));
    region.text.add(outside);
    while (!region.open.isEmpty()) {
      region.add(region.open.poll());
    }
    return region;
  }

  private void add(int at) {
    List<Object> line = new ArrayList<>();
    line.add(shape.texts().get(at));
    for (int next : shape.nextAndCalled(at)) {
      line.add(nameOf(next));
    }
    text.add(line);
  }

  /** The name of a line; one that has none yet becomes the next line of the text, or an end. */
  private int nameOf(int line) {
    Integer known = names.get(line);
    if (known != null) {
      return known;
    }
    int name;
    if (cuts.get(line)) {
      name = ~ends.size();
      ends.add(line);
    } else {
      name = lines.size();
      lines.add(line);
      open.add(line);
    }
    names.put(line, name);
    return name;
  }

  /** Equal for regions that do the same because they are the same. */
  List<Object> text() {
    return text;
  }

  /** Lines of cut points that the region ends before, by their number. */
  List<Integer> ends() {
    return ends;
  }

  /** The name of a line that the text has. */
  int name(int line) {
    Integer name = names.get(line);
    if (name == null) {
      throw new IllegalStateException("expected a line of the region, found " + line);
    }
    return name;
  }

  /** The line that has a name. */
  int line(int name) {
    return name < 0 ? ends.get(~name) : lines.get(name);
  }
}
