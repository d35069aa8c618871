package dev.scr.k2.validate;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A program with maps of its own, somewhere where it can run. One thread at a time. */
sealed interface Subject extends AutoCloseable permits MachineSubject, KernelSubject {
  /** How many places of a map of programs may be filled. */
  int TAIL_PROGRAMS = 48;

  /** Whether an input can be run here at all. */
  boolean takes(Sample sample);

  /** Runs the program on an input; maps keep what it did. */
  Outcome run(Sample sample);

  /** How the maps of another subject of the same place differ from these. */
  Optional<String> stateDifference(Subject other);

  @Override
  void close();

  /** A place where programs run. */
  interface Place {
    /** What reports call it. */
    String name();

    /** The maps as they are made there: no larger than is quick to make and to compare. */
    List<MapSpec> limited(List<MapSpec> maps);

    /** Puts a program there, with maps filled. */
    Subject open(ProgramSpec program, List<MapSpec> maps, MapEntries filling);

    /** Whether comparing all maps costs little, so that it can be done after each input. */
    boolean comparesQuickly(List<MapSpec> maps);
  }

  /** Where tail calls find a program: two of three of the first places. */
  static int[] tailIndexes(MapSpec map) {
    return IntStream.range(0, Math.min(TAIL_PROGRAMS, map.maxEntries()))
        .filter(index -> index % 3 != 2)
        .toArray();
  }

  /** A program that a tail call finds: it returns a number. */
  static ProgramSpec tailProgram(ProgramSpec caller, int index) {
    int returned =
        switch (caller.type()) {
          case XDP -> index % 5;
          case CGROUP_SOCK_ADDR, CGROUP_SKB, CGROUP_SOCK, CGROUP_DEVICE -> 1;
          default -> 2 + index;
        };
    ProgramSpec plain =
        ProgramSpec.of(
            "tail_" + index,
            caller.type(),
            List.of(new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(returned)), new Exit()),
            caller.maps());
    return new ProgramSpec(
        plain.name(),
        caller.section(),
        plain.type(),
        plain.code(),
        plain.functions(),
        plain.maps());
  }
}
