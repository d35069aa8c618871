package dev.scr.cli;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.optimize.Progress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A bar of the slots that are left: it grows as they are saved. */
final class K2Progress implements Progress {
  private final Bar bar;
  private final Map<ProgramSpec, Integer> saved = new LinkedHashMap<>();

  K2Progress(Bar bar, List<ProgramSpec> programs) {
    this.bar = bar;
    programs.forEach(program -> saved.put(program, 0));
  }

  @Override
  public synchronized void report(ProgramSpec program, String stage, int slots) {
    saved.put(program, program.code().slots() - slots);
    bar.show(stage, saved.values().stream().mapToInt(Integer::intValue).sum());
  }
}
