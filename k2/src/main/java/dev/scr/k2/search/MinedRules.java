package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.proof.ValueFact;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Mined rules in a tree by their left sides. Looking up a window takes a step per instruction; what
 * is found was proved when it was mined, and a test proves it again. Immutable.
 */
public final class MinedRules {
  private static final String RESOURCE = "mined-rules.txt";

  /** A place in the tree: rules whose left side ends here, and what may follow. */
  private static final class Node {
    final Map<Instruction, Node> next = new HashMap<>();
    final List<MinedRule> rules = new ArrayList<>();
  }

  private static final class Holder {
    static final MinedRules STANDARD = new MinedRules(read());
  }

  private final Node root = new Node();
  private final List<MinedRule> rules;

  /** Builds the tree. */
  public MinedRules(List<MinedRule> rules) {
    this.rules = List.copyOf(rules);
    for (MinedRule rule : rules) {
      Node node = root;
      for (Instruction insn : rule.original()) {
        node = node.next.computeIfAbsent(insn, _ -> new Node());
      }
      node.rules.add(rule);
    }
  }

  /** The rules that come with this project. */
  public static MinedRules standard() {
    return Holder.STANDARD;
  }

  private static List<MinedRule> read() {
    try (InputStream in = MinedRules.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("expected the resource " + RESOURCE + ", found none");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(MinedRule::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of them. */
  public List<MinedRule> rules() {
    return rules;
  }

  /** What a rule makes of the whole code of a window; empty if none applies. */
  public Optional<List<Instruction>> apply(Window window) {
    if (window.code().isEmpty()) {
      return Optional.empty();
    }
    Naming naming = Naming.of(window.code());
    if (naming == null) {
      return Optional.empty();
    }
    Node node = root;
    for (Instruction insn : window.code()) {
      Instruction canonical = naming.canonical(insn);
      node = canonical == null ? null : node.next.get(canonical);
      if (node == null) {
        return Optional.empty();
      }
    }
    for (MinedRule rule : node.rules) {
      boolean known =
          has(window, naming.changed, rule.bits0()) && has(window, naming.read, rule.bits1());
      if (known) {
        return Optional.of(rule.replacement().stream().map(naming::actual).toList());
      }
    }
    return Optional.empty();
  }

  private static boolean has(Window window, int register, int bits) {
    if (bits == 64) {
      return true;
    }
    return register >= 0
        && window.before().registers().get(register) instanceof ValueFact.Scalar scalar
        && Long.compareUnsigned(scalar.unsignedMax(), (1L << bits) - 1) <= 0;
  }

  /**
   * Which registers stand for r0 and r1 of the rules.
   *
   * @param changed the only register that is written
   * @param read the only other one, or −1
   */
  private record Naming(int changed, int read) {
    static @Nullable Naming of(List<Instruction> code) {
      int changed = -1;
      int read = -1;
      for (Instruction insn : code) {
        int dst =
            switch (insn) {
              case Alu alu -> alu.dst().number();
              case Swap swap -> swap.dst().number();
              default -> -1;
            };
        if (dst < 0 || (changed >= 0 && dst != changed)) {
          return null;
        }
        changed = dst;
      }
      for (Instruction insn : code) {
        if (insn instanceof Alu(var _, var _, Reg _, Reg src) && src.number() != changed) {
          if (read >= 0 && read != src.number()) {
            return null;
          }
          read = src.number();
        }
      }
      return new Naming(changed, read);
    }

    @Nullable Instruction canonical(Instruction insn) {
      return switch (insn) {
        case Alu(var width, var op, Reg _, Operand src) ->
            new Alu(width, op, Reg.R0, src instanceof Reg reg ? canonical(reg) : src);
        case Swap(var op, Reg _) -> new Swap(op, Reg.R0);
        default -> null;
      };
    }

    private Reg canonical(Reg reg) {
      return reg.number() == changed ? Reg.R0 : Reg.R1;
    }

    Instruction actual(Instruction insn) {
      return switch (insn) {
        case Alu(var width, var op, Reg _, Operand src) ->
            new Alu(width, op, Reg.of(changed), src instanceof Reg reg ? actual(reg) : src);
        case Swap(var op, Reg _) -> new Swap(op, Reg.of(changed));
        default -> throw new IllegalStateException("not in a rule: " + insn);
      };
    }

    private Reg actual(Reg reg) {
      return Reg.of(reg.number() == 0 ? changed : read);
    }
  }
}
