package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.proof.CutPoints.Pair;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The proof between cut points without what a checker does around it, so that tests can plant
 * faults in what it relies on: what is needed at a line, and which lines correspond.
 */
record BareProof(List<MapSpec> maps, CheckerOptions options) {

  /** Proves two versions of an XDP program; why it failed, if it did. */
  StepProof.@Nullable Failure prove(
      ProgramShape original, ProgramShape candidate, List<Pair> cuts) {
    Universe universe = new Universe(ProgramType.XDP, maps, options, ProofSink.NONE);
    try {
      return new StepProof(
              universe, new RegionMemory(), original, candidate, cuts, new StepProof.Counts())
          .run();
    } finally {
      universe.solver.close();
    }
  }

  /** What is needed, but for one register or the stack. */
  static ProgramShape without(ProgramSpec program, int register, boolean stackToo) {
    ProgramShape sound = ProgramShape.of(program);
    return new ProgramShape(
        program,
        new ProgramShape.Needs() {
          @Override
          public long register(int line, Reg reg) {
            return reg.number() == register ? 0 : sound.needed(line, reg);
          }

          @Override
          public boolean stack(int line, long offset) {
            return !stackToo && sound.needsStack(line, offset);
          }
        });
  }

  /** Cut points of which two that follow each other have changed their partners. */
  static List<Pair> swapped(List<Pair> cuts, int at) {
    Pair one = cuts.get(at);
    Pair next = cuts.get(at + 1);
    List<Pair> swapped = new ArrayList<>(cuts);
    swapped.set(at, new Pair(one.first(), next.second()));
    swapped.set(at + 1, new Pair(next.first(), one.second()));
    return swapped;
  }
}
