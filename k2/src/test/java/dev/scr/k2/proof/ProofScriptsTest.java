package dev.scr.k2.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.microsoft.z3.BoolExpr;
import com.microsoft.z3.Context;
import com.microsoft.z3.Solver;
import com.microsoft.z3.Status;
import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.proof.ValueFact.Pointer;
import dev.scr.k2.proof.ValueFact.Scalar;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The scripts say to a solver what the checker said to us. */
class ProofScriptsTest {
  private static final Precondition PACKET =
      Precondition.scalars()
          .with(Reg.R1, new Pointer(Region.PACKET, 0))
          .with(Reg.of(3), Scalar.constant(0xffe0_0000L))
          .with(Reg.of(4), Scalar.range(0, 1000))
          .withKnown(Region.STACK, -16, MemSize.DW, Scalar.constant(0));

  private static Status ask(String script) {
    try (Context context = new Context()) {
      Solver solver = context.mkSolver();
      for (BoolExpr condition : context.parseSMTLIB2String(script, null, null, null, null)) {
        solver.add(new BoolExpr[] {condition});
      }
      return solver.check();
    }
  }

  private static Status ask(Postcondition post, String original, String candidate) {
    try (WindowProof proof =
        WindowProof.open(Assembler.assemble(original), PACKET, post, CheckerOptions.DEFAULT)) {
      return ask(proof.smtLib(Assembler.assemble(candidate)));
    }
  }

  private static final String LADDER =
      """
      r5 = *(u8 *)(r1 + 12)
      r0 = *(u8 *)(r1 + 13)
      r0 <<= 8
      r0 |= r5
      """;

  @Test
  void windowsThatAgreeAreUnsatisfiable() {
    Postcondition r0 = Postcondition.live(Reg.R0);
    assertEquals(Status.UNSATISFIABLE, ask(r0, LADDER, "r0 = *(u16 *)(r1 + 12)"));
    assertEquals(
        Status.UNSATISFIABLE, ask(r0, "r0 = r2\nr0 &= r3\nr0 >>= 21", "w0 = w2\nr0 >>= 21"));
    assertEquals(Status.UNSATISFIABLE, ask(r0, "r0 = r4\nr0 *= 3\nr0 /= 3", "r0 = r4"));
    assertEquals(Status.UNSATISFIABLE, ask(r0, "r0 = *(u64 *)(r10 - 16)", "r0 = 0"));
    assertEquals(
        Status.UNSATISFIABLE,
        ask(
            Postcondition.live(),
            "*(u32 *)(r10 - 4) = 0\n*(u32 *)(r10 - 8) = 0",
            "*(u64 *)(r10 - 8) = 0"));
    assertEquals(
        Status.UNSATISFIABLE,
        ask(
            Postcondition.live().withDead(Region.STACK, -8, -4),
            "*(u32 *)(r10 - 4) = 0",
            "*(u64 *)(r10 - 8) = 0"));
  }

  @Test
  void windowsThatDifferAreSatisfiable() {
    Postcondition r0 = Postcondition.live(Reg.R0);
    assertEquals(Status.SATISFIABLE, ask(r0, LADDER, "r0 = *(u16 *)(r1 + 11)"));
    assertEquals(Status.SATISFIABLE, ask(r0, "r0 = r2\nr0 &= r3\nr0 >>= 21", "w0 = w2\nr0 >>= 20"));
    assertEquals(
        Status.SATISFIABLE,
        ask(Postcondition.live(), "*(u32 *)(r10 - 4) = 0", "*(u64 *)(r10 - 8) = 0"));
  }

  @Test
  void everyQuestionOfAProgramsProofIsUnsatisfiable() {
    String original =
        """
        r0 = 2
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)
        r4 = r2
        r4 += 14
        if r4 > r3 goto +6
        r5 = *(u8 *)(r2 + 0)
        r0 = r5
        r0 |= 5
        r4 = r5
        r4 &= 5
        r0 -= r4
        exit
        """;
    String candidate =
        original.replace("r0 |= 5\nr4 = r5\nr4 &= 5\nr0 -= r4\n", "r0 ^= 5\n").replace("+6", "+3");
    List<String> scripts = new ArrayList<>();
    try (EquivalenceChecker checker = EquivalenceChecker.create(CheckerOptions.DEFAULT)) {
      Verdict verdict =
          checker.check(program(original), program(candidate), (_, script) -> scripts.add(script));
      assertInstanceOf(Verdict.Equivalent.class, verdict, verdict.toString());
    }
    assertFalse(scripts.isEmpty());
    for (String script : scripts) {
      assertEquals(Status.UNSATISFIABLE, ask(script), script);
      // Without what is asked, nothing contradicts.
      String last = script.substring(0, script.lastIndexOf("(assert"));
      assertEquals(Status.SATISFIABLE, ask(last + "(check-sat)\n"), script);
    }
  }

  private static ProgramSpec program(String text) {
    return ProgramSpec.of("p", ProgramType.XDP, Assembler.assemble(text), List.of());
  }
}
