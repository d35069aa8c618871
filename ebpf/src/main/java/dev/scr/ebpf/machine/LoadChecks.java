package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Helper;
import dev.scr.ebpf.isa.InitializedRegisters;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallKernel;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.InvalidInstructionException;
import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.object.ProgramSpec;
import java.util.List;
import java.util.Optional;

/** What is checked when a program is loaded, so that engines need not think of it while it runs. */
final class LoadChecks {
  private LoadChecks() {}

  /** Checks a program against the maps it will use. */
  static ControlFlow check(
      String file,
      ProgramSpec spec,
      ContextLayout layout,
      List<BpfMap> maps,
      boolean opaqueHelpers) {
    try {
      ControlFlow flow = ControlFlow.of(spec.code());
      for (int i = 0; i < spec.code().size(); i++) {
        Instruction insn = spec.code().get(i);
        Optional<String> fault = fault(insn, maps, opaqueHelpers);
        if (fault.isPresent()) {
          throw new InvalidProgramException(
              "insn " + spec.code().slot(i) + " (" + insn + "): " + fault.get());
        }
      }
      InitializedRegisters.check(spec.code(), flow, layout.arguments());
      return flow;
    } catch (InvalidProgramException | InvalidInstructionException e) {
      throw new InvalidProgramException(
          file + ": section " + spec.section() + ": " + e.getMessage());
    }
  }

  private static Optional<String> fault(
      Instruction insn, List<BpfMap> maps, boolean opaqueHelpers) {
    if (writesFramePointer(insn)) {
      return Optional.of("expected a destination r0 to r9, found the read-only frame pointer r10");
    }
    return switch (insn) {
      case CallHelper(int number) when !opaqueHelpers && Helper.ofNumber(number).isEmpty() ->
          Optional.of("expected a helper that this machine knows, found number " + number);
      case CallKernel _ ->
          Optional.of("expected a helper or a function of the object, found a kernel function");
      case LoadWide wide -> wideFault(wide, maps);
      default -> Optional.empty();
    };
  }

  private static Optional<String> wideFault(LoadWide wide, List<BpfMap> maps) {
    return switch (wide.source()) {
      case CONSTANT, CODE -> Optional.empty();
      case MAP_INDEX, MAP_INDEX_VALUE ->
          wide.imm() >= 0 && wide.imm() < maps.size()
              ? Optional.empty()
              : Optional.of("expected a map below " + maps.size() + ", found " + wide.imm());
      case MAP_FD, MAP_FD_VALUE, VARIABLE ->
          Optional.of("expected a constant, a map of the object or code, found " + wide.source());
    };
  }

  private static boolean writesFramePointer(Instruction insn) {
    return switch (insn) {
      case Alu alu -> alu.dst().equals(Reg.FP);
      case Swap swap -> swap.dst().equals(Reg.FP);
      case Load load -> load.dst().equals(Reg.FP);
      case LoadWide wide -> wide.dst().equals(Reg.FP);
      case Atomic atomic -> atomic.op().fetches() && atomic.result().equals(Reg.FP);
      default -> false;
    };
  }
}
