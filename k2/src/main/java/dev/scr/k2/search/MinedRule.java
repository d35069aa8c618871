package dev.scr.k2.search;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.proof.Postcondition;
import dev.scr.k2.proof.Precondition;
import dev.scr.k2.proof.ValueFact;
import dev.scr.k2.proof.ValueFact.Scalar;
import java.util.List;

/**
 * A rule that the miner found: one sequence for another one, in registers r0, which both change,
 * and r1, which both only read. As text:
 *
 * <pre>
 *   r0 &lt;&lt;= 32; r0 &gt;&gt;= 32 =&gt; w0 = w0
 *   r0 &amp;= 65535 =&gt; nothing if r0 has 16 bits
 * </pre>
 *
 * @param original longer
 * @param replacement shorter
 * @param bits0 how many bits r0 has before: numbers below 2 to the power of it; 64 is any number
 * @param bits1 likewise of r1
 */
public record MinedRule(
    List<Instruction> original, List<Instruction> replacement, int bits0, int bits1) {
  private static final String ARROW = " => ";
  private static final String NOTHING = "nothing";
  private static final String CONDITION = " if ";

  /** Copies the lists. */
  public MinedRule {
    original = List.copyOf(original);
    replacement = List.copyOf(replacement);
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is no rule
   */
  public static MinedRule parse(String line) {
    int arrow = line.indexOf(ARROW);
    if (arrow < 0) {
      throw new IllegalArgumentException(
          "rule: expected \"SEQUENCE => SEQUENCE\", found \"" + line + "\"");
    }
    String right = line.substring(arrow + ARROW.length());
    int condition = right.indexOf(CONDITION);
    String facts = condition < 0 ? "" : right.substring(condition + CONDITION.length());
    String code = condition < 0 ? right : right.substring(0, condition);
    return new MinedRule(
        code(line.substring(0, arrow)), code(code), bits(facts, "r0"), bits(facts, "r1"));
  }

  private static List<Instruction> code(String text) {
    return text.equals(NOTHING)
        ? List.of()
        : Assembler.assemble(String.join("\n", text.split("; ", -1)));
  }

  private static int bits(String facts, String register) {
    for (String fact : facts.split(", ", -1)) {
      if (fact.startsWith(register + " has ")) {
        return Integer.parseInt(fact.split(" ", -1)[2]);
      }
    }
    return 64;
  }

  /** The line. */
  public String text() {
    StringBuilder text = new StringBuilder(code(original)).append(ARROW).append(code(replacement));
    if (bits0 < 64) {
      text.append(CONDITION).append("r0 has ").append(bits0).append(" bits");
    }
    if (bits1 < 64) {
      text.append(bits0 < 64 ? ", " : CONDITION);
      text.append("r1 has ").append(bits1).append(" bits");
    }
    return text.toString();
  }

  private static String code(List<Instruction> code) {
    return code.isEmpty()
        ? NOTHING
        : String.join("; ", code.stream().map(Instruction::toString).toList());
  }

  /** The window that a proof of the rule is about. */
  public Window window() {
    Precondition before =
        Precondition.scalars().with(Reg.R0, fact(bits0)).with(Reg.R1, fact(bits1));
    return new Window(original, before, Postcondition.live(Reg.R0, Reg.R1));
  }

  static ValueFact.Scalar fact(int bits) {
    return bits == 64 ? Scalar.ANY : Scalar.range(0, (1L << bits) - 1);
  }
}
