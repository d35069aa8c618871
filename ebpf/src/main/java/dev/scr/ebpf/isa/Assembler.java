package dev.scr.ebpf.isa;

import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallKernel;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.CallRegister;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadAbsolute;
import dev.scr.ebpf.isa.Instruction.LoadIndirect;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text to instructions: both dialects of {@link Disassembler}, with their slot numbers, opcode
 * bytes and {@code <symbol>} notes, which are skipped. Also labels: a line {@code name:} and {@code
 * goto name}. {@code ;} and {@code #} at the start of a line are comments.
 */
public final class Assembler {
  private static final String REG = "([rw])(\\d+)";
  private static final String NUM = "(-?(?:0x[0-9a-fA-F]+|\\d+))";
  private static final String PLACE = "\\(r(\\d+)(?: ?([+-]) ?(\\d+))?\\)";
  private static final String TYPE = "\\*\\(([us])(8|16|32|64) \\*\\)";
  private static final String TARGET = "(?:pc)?([+-]\\d+|[A-Za-z_][\\w.]*)(?: <.*>)?";

  /** One form of line. */
  private record Form(
      Pattern pattern, BiFunction<Assembler, Matcher, Optional<Instruction>> parse) {}

  private static final List<Form> FORMS =
      List.of(
          form("exit", (a, m) -> Optional.of(new Exit())),
          form("(goto|gotol) " + TARGET, (a, m) -> Optional.of(a.jump(m))),
          form(
              "call (?:[a-z_0-9]+#)?(\\d+)",
              (a, m) -> Optional.of(new CallHelper(a.int32(m.group(1))))),
          form(
              "call (?:[a-z_0-9]+#)?(-\\d+)",
              (a, m) -> Optional.of(new CallHelper(a.int32(m.group(1))))),
          form(
              "call pc" + "([+-]\\d+)(?: <.*>)?",
              (a, m) -> Optional.of(new CallLocal(a.int32(m.group(1))))),
          form(
              "call kernel-function (-?\\d+)(?: module (-?\\d+))?",
              (a, m) -> Optional.of(a.kernelCall(m))),
          form(
              "call ([A-Za-z_][\\w.]*)",
              (a, m) -> Optional.of(new CallLocal(a.distance(m.group(1))))),
          form("callx r(\\d+)", (a, m) -> Optional.of(new CallRegister(a.reg(m.group(1))))),
          form(
              "if "
                  + REG
                  + " (==|!=|>|>=|<|<=|&|s>|s>=|s<|s<=) (?:"
                  + REG
                  + "|"
                  + NUM
                  + ") goto "
                  + TARGET,
              (a, m) -> Optional.of(a.branch(m))),
          form("lock " + TYPE + PLACE + " (\\+=|\\|=|&=|\\^=) " + REG, Assembler::atomic),
          form(
              REG
                  + " = atomic(?:64)?_fetch_(add|or|and|xor)\\(\\(u(32|64) \\*\\)"
                  + PLACE
                  + ", [rw](\\d+)\\)",
              Assembler::fetch),
          form(
              "[rw](\\d+) = (cmpxchg|xchg)(_64|32_32)\\(r(\\d+)(?: ?([+-]) ?(\\d+))?, (?:[rw]0, )?[rw](\\d+)\\)",
              Assembler::exchange),
          form(
              "r\\d+ = atomic(64)?_(cmpxchg|xchg)\\(\\(u(?:32|64) \\*\\)"
                  + PLACE
                  + ", (?:r0, )?r(\\d+)\\)",
              Assembler::kernelExchange),
          form(
              "r0 = \\*\\(u(8|16|32) \\*\\)skb\\[" + NUM + "]",
              (a, m) -> Optional.of(new LoadAbsolute(a.size(m.group(1)), a.int32(m.group(2))))),
          form(
              "r0 = \\*\\(u(8|16|32) \\*\\)skb\\[r(\\d+)(?: ?([+-]) ?(\\d+))?]",
              (a, m) ->
                  Optional.of(
                      new LoadIndirect(a.size(m.group(1)), a.reg(m.group(2)), a.offset32(m, 3)))),
          form(REG + " = " + TYPE + PLACE, Assembler::load),
          form(TYPE + PLACE + " = (?:" + REG + "|" + NUM + ")", Assembler::store),
          form("r(\\d+) = (le|be|bswap)(16|32|64) r(\\d+)", Assembler::swap),
          form(REG + " = -" + REG, Assembler::negate),
          form(REG + " = \\(s(8|16|32)\\) ?" + REG, Assembler::signExtend),
          form("r(\\d+) = " + NUM + " ll", (a, m) -> Optional.of(a.constant(m))),
          form("r(\\d+) = map\\[(fd|idx):(-?\\d+)](?:\\[0]([+-]\\d+))?(?: ll)?", Assembler::map),
          form("r(\\d+) = (btf|code)\\[(?:id:)?([+-]?\\d+)](?: ll)?", Assembler::special),
          form(
              REG
                  + " (=|\\+=|-=|\\*=|/=|s/=|%=|s%=|\\|=|&=|\\^=|<<=|>>=|s>>=) (?:"
                  + REG
                  + "|"
                  + NUM
                  + ")",
              Assembler::alu));

  private final Map<String, Integer> labels = new HashMap<>();
  private int slot;

  private Assembler() {}

  private static Form form(
      String pattern, BiFunction<Assembler, Matcher, Optional<Instruction>> parse) {
    return new Form(Pattern.compile(pattern), parse);
  }

  /**
   * Assembles a program.
   *
   * @throws InvalidInstructionException if a line is no instruction
   */
  public static List<Instruction> assemble(String text) {
    Assembler assembler = new Assembler();
    List<String> lines = new ArrayList<>();
    int slots = 0;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      String code = clean(line);
      if (code.matches("<?[A-Za-z_][\\w.]*>?:")) {
        assembler.labels.put(code.replaceAll("[<>:]", ""), slots);
      } else if (!code.isEmpty()) {
        lines.add(code);
        slots += isWide(code, line) ? 2 : 1;
      }
    }
    List<Instruction> program = new ArrayList<>();
    for (String line : lines) {
      Instruction insn = assembler.parse(line);
      program.add(insn);
      assembler.slot += insn.slots();
    }
    return List.copyOf(program);
  }

  /** Assembles one line without labels. */
  public static Instruction instruction(String line) {
    return new Assembler().parse(clean(line));
  }

  /**
   * Without slot number, encoded bytes, opcode and comment. The opcode (18) is kept as the suffix
   * of a wide constant.
   */
  private static String clean(String line) {
    String code = line.strip();
    if (code.startsWith(";") || code.startsWith("#")) {
      return "";
    }
    code =
        code.replaceFirst("^[0-9a-f]{16} (?=<)", "")
            .replaceFirst("^\\d+:\\s+", "")
            .replaceFirst("^(?:[0-9a-f]{2}\\s){8,16}\\s*", "");
    boolean wide = code.startsWith("(18)");
    code = code.replaceFirst("^\\([0-9a-f]{2}\\)\\s*", "").strip();
    return wide && code.matches("r\\d+ = " + NUM) ? code + " ll" : code;
  }

  private static boolean isWide(String code, String line) {
    return code.endsWith(" ll") || line.contains("(18)");
  }

  private Instruction parse(String line) {
    for (Form form : FORMS) {
      Matcher matcher = form.pattern().matcher(line);
      if (matcher.matches()) {
        try {
          Optional<Instruction> insn = form.parse().apply(this, matcher);
          if (insn.isPresent()) {
            return insn.get();
          }
        } catch (NumberFormatException e) {
          throw refuse(line, "expected a number that fits its field, found " + e.getMessage());
        } catch (InvalidInstructionException e) {
          throw refuse(line, e.what());
        }
      }
    }
    throw refuse(line, "expected an instruction, found text of no known form");
  }

  private InvalidInstructionException refuse(String line, String what) {
    return new InvalidInstructionException(slot, "(" + line + "): " + what);
  }

  private Reg reg(String number) {
    return Reg.of(Integer.parseInt(number));
  }

  private static Width width(String prefix) {
    return prefix.equals("w") ? Width.W32 : Width.W64;
  }

  private MemSize size(String bits) {
    return switch (bits) {
      case "8" -> MemSize.B;
      case "16" -> MemSize.H;
      case "32" -> MemSize.W;
      default -> MemSize.DW;
    };
  }

  private static long number(String text) {
    boolean negative = text.startsWith("-");
    String digits = negative || text.startsWith("+") ? text.substring(1) : text;
    long magnitude =
        digits.startsWith("0x")
            ? Long.parseUnsignedLong(digits.substring(2), 16)
            : Long.parseUnsignedLong(digits);
    return negative ? -magnitude : magnitude;
  }

  private int int32(String text) {
    long value = number(text);
    long limit = text.contains("0x") ? 1L << 32 : 1L << 31;
    if (value < -(1L << 31) || value >= limit) {
      throw new NumberFormatException(text);
    }
    return (int) value;
  }

  private static short int16(long value) {
    if (value != (short) value) {
      throw new NumberFormatException(Long.toString(value));
    }
    return (short) value;
  }

  /** A sign and a magnitude in two groups; 0 if they are absent. */
  private int offset32(Matcher m, int sign) {
    return m.group(sign) == null ? 0 : int32(m.group(sign) + m.group(sign + 1));
  }

  private short offset(Matcher m, int sign) {
    return int16(offset32(m, sign));
  }

  private int distance(String target) {
    if (target.startsWith("+") || target.startsWith("-")) {
      return int32(target);
    }
    Integer label = labels.get(target);
    if (label == null) {
      throw new NumberFormatException("unknown label " + target);
    }
    return label - slot - 1;
  }

  private Operand operand(Matcher m, int prefix) {
    return m.group(prefix) != null ? reg(m.group(prefix + 1)) : new Imm(int32(m.group(prefix + 2)));
  }

  private Jump jump(Matcher m) {
    return new Jump(m.group(1).equals("gotol"), distance(m.group(2)));
  }

  private CallKernel kernelCall(Matcher m) {
    return new CallKernel(int32(m.group(1)), m.group(2) == null ? 0 : int16(number(m.group(2))));
  }

  private Branch branch(Matcher m) {
    for (JmpOp op : JmpOp.values()) {
      if (op.symbol().equals(m.group(3))) {
        return new Branch(
            width(m.group(1)), op, reg(m.group(2)), operand(m, 4), int16(distance(m.group(7))));
      }
    }
    throw new NumberFormatException(m.group(3));
  }

  private Optional<Instruction> atomic(Matcher m) {
    for (AtomicOp op : AtomicOp.values()) {
      if (op.symbol().equals(m.group(6)) && !op.fetches()) {
        Width width = m.group(2).equals("64") ? Width.W64 : Width.W32;
        return Optional.of(new Atomic(width, op, reg(m.group(3)), offset(m, 4), reg(m.group(8))));
      }
    }
    return Optional.empty();
  }

  private Optional<Instruction> fetch(Matcher m) {
    for (AtomicOp op : AtomicOp.values()) {
      if (op.fetches() && op.mnemonic().equals(m.group(3))) {
        Width width = m.group(4).equals("64") ? Width.W64 : Width.W32;
        return Optional.of(new Atomic(width, op, reg(m.group(5)), offset(m, 6), reg(m.group(8))));
      }
    }
    return Optional.empty();
  }

  private Optional<Instruction> exchange(Matcher m) {
    AtomicOp op = m.group(2).equals("xchg") ? AtomicOp.XCHG : AtomicOp.CMPXCHG;
    Width width = m.group(3).equals("_64") ? Width.W64 : Width.W32;
    return Optional.of(new Atomic(width, op, reg(m.group(4)), offset(m, 5), reg(m.group(7))));
  }

  private Optional<Instruction> kernelExchange(Matcher m) {
    AtomicOp op = m.group(2).equals("xchg") ? AtomicOp.XCHG : AtomicOp.CMPXCHG;
    Width width = m.group(1) != null ? Width.W64 : Width.W32;
    return Optional.of(new Atomic(width, op, reg(m.group(3)), offset(m, 4), reg(m.group(6))));
  }

  private Optional<Instruction> load(Matcher m) {
    boolean signed = m.group(3).equals("s");
    return Optional.of(
        new Load(size(m.group(4)), signed, reg(m.group(2)), reg(m.group(5)), offset(m, 6)));
  }

  private Optional<Instruction> store(Matcher m) {
    return Optional.of(new Store(size(m.group(2)), reg(m.group(3)), offset(m, 4), operand(m, 6)));
  }

  private Optional<Instruction> swap(Matcher m) {
    for (SwapOp op : SwapOp.values()) {
      if (op.symbol().equals(m.group(2) + m.group(3)) && m.group(1).equals(m.group(4))) {
        return Optional.of(new Swap(op, reg(m.group(1))));
      }
    }
    return Optional.empty();
  }

  private Optional<Instruction> negate(Matcher m) {
    return m.group(1).equals(m.group(3)) && m.group(2).equals(m.group(4))
        ? Optional.of(new Alu(width(m.group(1)), AluOp.NEG, reg(m.group(2)), Imm.ZERO))
        : Optional.empty();
  }

  private Optional<Instruction> signExtend(Matcher m) {
    AluOp op = AluOp.valueOf("MOVSX" + m.group(3));
    return Optional.of(new Alu(width(m.group(1)), op, reg(m.group(2)), reg(m.group(5))));
  }

  private LoadWide constant(Matcher m) {
    return LoadWide.constant(reg(m.group(1)), number(m.group(2)));
  }

  private Optional<Instruction> map(Matcher m) {
    boolean value = m.group(4) != null;
    WideSource source =
        m.group(2).equals("fd")
            ? (value ? WideSource.MAP_FD_VALUE : WideSource.MAP_FD)
            : (value ? WideSource.MAP_INDEX_VALUE : WideSource.MAP_INDEX);
    int offset = value ? int32(m.group(4)) : 0;
    return Optional.of(new LoadWide(reg(m.group(1)), source, int32(m.group(3)), offset));
  }

  private Optional<Instruction> special(Matcher m) {
    WideSource source = m.group(2).equals("btf") ? WideSource.VARIABLE : WideSource.CODE;
    return Optional.of(new LoadWide(reg(m.group(1)), source, int32(m.group(3)), 0));
  }

  private Optional<Instruction> alu(Matcher m) {
    for (AluOp op : AluOp.values()) {
      if (op.symbol().equals(m.group(3))) {
        return Optional.of(new Alu(width(m.group(1)), op, reg(m.group(2)), operand(m, 4)));
      }
    }
    return Optional.empty();
  }
}
