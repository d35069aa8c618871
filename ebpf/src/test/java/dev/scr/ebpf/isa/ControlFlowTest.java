package dev.scr.ebpf.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import java.util.List;
import org.junit.jupiter.api.Test;

class ControlFlowTest {
  private static ControlFlow flow(Instruction... instructions) {
    return ControlFlow.of(new InstructionList(List.of(instructions)));
  }

  private static void refused(String message, Instruction... instructions) {
    BpfException e = assertThrows(BpfException.class, () -> flow(instructions));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void functionsAreCutWhereCallsLead() {
    ControlFlow flow = flow(new CallLocal(1), new Exit(), new Exit());
    assertEquals(2, flow.functions().size());
    assertEquals(new ControlFlow.Function(2, 3, false), flow.functions().get(1));
    assertEquals(1, flow.functionAt(2));
  }

  @Test
  void invalidProgramsAreRefused() {
    refused("expected at least one instruction");
    refused("found control that runs on", LoadWide.constant(Reg.R0, 1));
    refused("found slot 7", new Jump(false, 6), new Exit());
    refused(
        "starts an instruction, found slot 2",
        new Jump(false, 1),
        LoadWide.constant(Reg.R0, 1),
        new Exit());
    refused("insn 1 (exit): expected code that can be reached", new Exit(), new Exit());
    refused("without recursion", new CallLocal(-1), new Exit());
    refused("without recursion", new CallLocal(1), new Exit(), new CallLocal(-1), new Exit());
    refused(
        "expected a target inside the function", new CallLocal(1), new Exit(), new Jump(false, -2));
  }

  @Test
  void nineNestedCallsAreRefused() {
    Instruction[] chain = new Instruction[18];
    for (int i = 0; i < 16; i += 2) {
      chain[i] = new CallLocal(1);
      chain[i + 1] = new Exit();
    }
    chain[16] = LoadWide.constant(Reg.R0, 1);
    chain[17] = new Exit();
    refused("expected at most 8 nested calls, found 9", chain);
  }

  private static void initialized(String... lines) {
    InstructionList code = new InstructionList(Assembler.assemble(String.join("\n", lines)));
    InitializedRegisters.check(code, ControlFlow.of(code), 1);
  }

  /** As the kernel: C compiles {@code void} functions to such. */
  @Test
  void aFunctionWhoseResultNobodyReadsNeedsNone() {
    initialized("call pc+2", "r0 = 1", "exit", "r1 = 5", "exit");
    initialized("call pc+2", "r0 = 1", "exit", "call pc+1", "exit", "exit");
    assertThrows(
        InvalidProgramException.class, () -> initialized("call pc+1", "exit", "r1 = 5", "exit"));
    assertThrows(
        InvalidProgramException.class,
        () -> initialized("call pc+2", "r0 = 1", "exit", "call pc+2", "r2 = r0", "exit", "exit"));
    assertThrows(InvalidProgramException.class, () -> initialized("r1 = 1", "exit"));
    // A callback's result is read by the kernel.
    assertThrows(
        InvalidProgramException.class,
        () -> initialized("r1 = code[+2] ll", "r0 = 1", "exit", "r1 = 5", "exit"));
  }
}
