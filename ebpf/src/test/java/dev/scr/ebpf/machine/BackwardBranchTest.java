package dev.scr.ebpf.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * In bytecode only {@code goto} goes back. Behind a comparison HotSpot's safepoint would make a
 * number of its result, which cost a fast-forward loop more than one nanosecond in each round.
 */
class BackwardBranchTest {
  private static final int ROUNDS = 10;

  @ParameterizedTest
  @EnumSource(names = {"JVM", "JVM_CHECKED"})
  void onlyAGotoGoesBack(Engine engine) {
    for (Width width : Width.values()) {
      ProgramSpec spec = countsTo(width);
      try (BpfInstance instance = BpfInstance.builder(List.of()).engine(engine).build()) {
        JvmCompiler.Unit unit = instance.unit(spec, ContextLayout.XDP, ControlFlow.of(spec.code()));
        Map<Opcode, Integer> back = goingBack(JvmCompiler.translate(unit));
        assertEquals(Set.of(Opcode.GOTO), back.keySet());
        assertEquals(ROUNDS, instance.xdp(spec).run(new byte[14]));
      }
    }
  }

  /** The loop's condition stands at its end. */
  private static ProgramSpec countsTo(Width width) {
    List<Instruction> code = new ArrayList<>();
    code.add(new Alu(Width.W64, AluOp.MOV, Reg.R0, Imm.ZERO));
    code.add(new Alu(Width.W64, AluOp.ADD, Reg.R0, new Imm(1)));
    code.add(new Branch(width, JmpOp.JLT, Reg.R0, new Imm(ROUNDS), (short) -2));
    code.add(new Exit());
    return ProgramSpec.of("loop", ProgramType.XDP, code, List.of());
  }

  private static Map<Opcode, Integer> goingBack(byte[] compiled) {
    Map<Opcode, Integer> back = new EnumMap<>(Opcode.class);
    int methods = 0;
    for (MethodModel method : ClassFile.of().parse(compiled).methods()) {
      if (method.code().isPresent()) {
        methods++;
        goingBack(method.code().get(), back);
      }
    }
    assertTrue(methods > 1, "no function was compiled");
    return back;
  }

  private static void goingBack(CodeModel code, Map<Opcode, Integer> back) {
    Set<Label> passed = new HashSet<>();
    for (CodeElement element : code) {
      if (element instanceof LabelTarget here) {
        passed.add(here.label());
      } else if (element instanceof BranchInstruction branch && passed.contains(branch.target())) {
        back.merge(branch.opcode(), 1, Integer::sum);
      }
    }
  }
}
