package dev.scr.ebpf.conformance;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.CallRegister;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.InvalidInstructionException;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The assembly of the vectors: {@code mnemonic operand, operand}, registers {@code %r3}, memory
 * {@code [%r1+4]}, labels {@code name:}, jump targets {@code +3} or a label; {@code exit} is also
 * the label of the first exit. Mnemonics are derived from the rows of the instruction set.
 */
final class VectorAssembler {
  private record Line(int number, String text, String mnemonic, List<String> operands, int slot) {}

  private final String file;
  private final Map<String, Integer> labels = new HashMap<>();
  private final List<Line> lines = new ArrayList<>();

  private VectorAssembler(String file) {
    this.file = file;
  }

  /** Assembles lines; the key is the number of the line in the file. */
  static List<Instruction> assemble(String file, Map<Integer, String> source) {
    VectorAssembler assembler = new VectorAssembler(file);
    source.forEach(assembler::collect);
    return assembler.lines.stream().map(assembler::instruction).toList();
  }

  private void collect(int number, String text) {
    String trimmed = text.strip();
    if (trimmed.endsWith(":")) {
      String label = trimmed.substring(0, trimmed.length() - 1);
      if (labels.put(label, nextSlot()) != null) {
        throw malformed(number, trimmed, "expected a new label, found " + label + " again");
      }
      return;
    }
    if (trimmed.equals("exit")) {
      labels.putIfAbsent("exit", nextSlot());
    }
    String[] words = trimmed.split("\\s+", 2);
    List<String> operands = new ArrayList<>();
    if (words.length == 2) {
      for (String operand : words[1].split(",", -1)) {
        operands.add(operand.strip());
      }
    }
    lines.add(new Line(number, trimmed, words[0], operands, nextSlot()));
  }

  private int nextSlot() {
    if (lines.isEmpty()) {
      return 0;
    }
    Line last = lines.getLast();
    return last.slot() + (last.mnemonic().equals("lddw") ? 2 : 1);
  }

  private Instruction instruction(Line line) {
    try {
      return parse(line);
    } catch (NumberFormatException e) {
      throw malformed(line.number(), line.text(), "expected a number, found " + e.getMessage());
    } catch (InvalidInstructionException e) {
      throw malformed(line.number(), line.text(), e.getMessage());
    }
  }

  private Instruction parse(Line line) {
    String mnemonic = line.mnemonic();
    return switch (mnemonic) {
      case "exit" -> {
        require(line, 0);
        yield new Exit();
      }
      case "lddw" -> {
        require(line, 2);
        yield LoadWide.constant(register(line, 0), wide(line.operands().get(1)));
      }
      case "call" -> call(line);
      case "lock" -> atomic(line);
      case "ja", "ja32" -> {
        require(line, 1);
        yield new Jump(mnemonic.equals("ja32"), target(line, 0));
      }
      default ->
          mnemonic.startsWith("ldx") || mnemonic.startsWith("st") ? memory(line) : operation(line);
    };
  }

  private Instruction call(Line line) {
    require(line, 1);
    String operand = line.operands().getFirst();
    if (operand.startsWith("local")) {
      return new CallLocal(place(line, operand.substring("local".length()).strip()));
    }
    return operand.startsWith("%")
        ? new CallRegister(register(line, 0))
        : new CallHelper((int) number(operand, 32));
  }

  private Instruction atomic(Line line) {
    require(line, 2);
    String[] words = line.operands().getFirst().split("\\s+", -1);
    boolean fetch = words[0].equals("fetch");
    if (words.length != (fetch ? 3 : 2)) {
      throw malformed(line, "expected lock [fetch] operation [register+offset], register");
    }
    String name = words[words.length - 2];
    boolean narrow = name.endsWith("32");
    String operation = narrow ? name.substring(0, name.length() - 2) : name;
    String place = words[words.length - 1];
    for (AtomicOp op : AtomicOp.values()) {
      boolean fetching = op.name().startsWith("FETCH_");
      if (op.mnemonic().equals(operation) && fetching == fetch) {
        return new Atomic(
            narrow ? Width.W32 : Width.W64,
            op,
            base(line, place),
            offset(line, place),
            register(line, 1));
      }
    }
    throw malformed(line, "expected an atomic operation, found " + name);
  }

  private Instruction memory(Line line) {
    require(line, 2);
    String mnemonic = line.mnemonic();
    for (MemSize size : MemSize.values()) {
      String suffix = size.name().toLowerCase(Locale.ROOT);
      String address = line.operands().get(mnemonic.startsWith("ldx") ? 1 : 0);
      if (mnemonic.equals("ldx" + suffix) || mnemonic.equals("ldxs" + suffix)) {
        boolean signed = mnemonic.startsWith("ldxs");
        return new Load(
            size, signed, register(line, 0), base(line, address), offset(line, address));
      }
      if (mnemonic.equals("stx" + suffix)) {
        return new Store(size, base(line, address), offset(line, address), register(line, 1));
      }
      if (mnemonic.equals("st" + suffix)) {
        Imm value = new Imm((int) number(line.operands().get(1), 32));
        return new Store(size, base(line, address), offset(line, address), value);
      }
    }
    throw malformed(line, "expected a load or store, found " + mnemonic);
  }

  private Instruction operation(Line line) {
    String mnemonic = line.mnemonic();
    for (SwapOp op : SwapOp.values()) {
      if (mnemonic.equals(op.symbol()) || mnemonic.equals(op.symbol().replace("bswap", "swap"))) {
        require(line, 1);
        return new Swap(op, register(line, 0));
      }
    }
    for (Width width : Width.values()) {
      for (AluOp op : AluOp.values()) {
        if (matches(mnemonic, op.name(), width)) {
          require(line, op == AluOp.NEG ? 1 : 2);
          Operand src = op == AluOp.NEG ? Imm.ZERO : operand(line, 1);
          return new Alu(width, op, register(line, 0), src);
        }
      }
      for (JmpOp op : JmpOp.values()) {
        if (matches(mnemonic, op.name(), width)) {
          require(line, 3);
          return new Branch(
              width, op, register(line, 0), operand(line, 1), (short) target(line, 2));
        }
      }
    }
    throw malformed(line, "expected a mnemonic of the instruction set, found " + mnemonic);
  }

  private static boolean matches(String mnemonic, String row, Width width) {
    String name = row.toLowerCase(Locale.ROOT);
    return mnemonic.equals(name + width.bits())
        || (width == Width.W64 && !name.startsWith("movsx") && mnemonic.equals(name));
  }

  private Operand operand(Line line, int index) {
    String text = line.operands().get(index);
    return text.startsWith("%") ? register(line, index) : new Imm((int) number(text, 32));
  }

  private Reg register(Line line, int index) {
    return register(line, line.operands().get(index));
  }

  private Reg register(Line line, String text) {
    if (!text.matches("%r[0-9]{1,2}")) {
      throw malformed(line, "expected a register %r0 to %r10, found " + text);
    }
    return Reg.of(Integer.parseInt(text.substring(2)));
  }

  private Reg base(Line line, String text) {
    return register(line, parts(line, text)[0]);
  }

  private short offset(Line line, String text) {
    String offset = parts(line, text)[1];
    return offset.isEmpty() ? 0 : (short) number(offset, 16);
  }

  private String[] parts(Line line, String text) {
    if (!text.matches("\\[%r[0-9]+([+-].+)?]")) {
      throw malformed(line, "expected memory [%rN+offset], found " + text);
    }
    String inner = text.substring(1, text.length() - 1);
    int at = inner.indexOf('+') >= 0 ? inner.indexOf('+') : inner.indexOf('-');
    return at < 0
        ? new String[] {inner, ""}
        : new String[] {inner.substring(0, at), inner.substring(at)};
  }

  private int target(Line line, int index) {
    String text = line.operands().get(index);
    if (text.startsWith("+") || text.startsWith("-")) {
      return (int) number(text, 16);
    }
    return place(line, text);
  }

  private int place(Line line, String label) {
    Integer slot = labels.get(label);
    if (slot == null) {
      throw malformed(line, "expected a label of " + labels.keySet() + ", found " + label);
    }
    return slot - line.slot() - 1;
  }

  /** A decimal number that fits a signed field, or a hexadecimal one that fits its bits. */
  private static long number(String text, int bits) {
    String digits = text.startsWith("+") || text.startsWith("-") ? text.substring(1) : text;
    boolean hex = digits.startsWith("0x") || digits.startsWith("0X");
    long magnitude = hex ? Long.parseUnsignedLong(digits.substring(2), 16) : Long.parseLong(digits);
    long value = text.startsWith("-") ? -magnitude : magnitude;
    long limit = 1L << (bits - 1);
    long upper = hex ? 2 * limit : limit;
    if (value < -limit || value >= upper) {
      throw new NumberFormatException(text + ", which does not fit in " + bits + " bits");
    }
    return value;
  }

  private static long wide(String text) {
    if (text.startsWith("0x") || text.startsWith("0X")) {
      return Long.parseUnsignedLong(text.substring(2), 16);
    }
    return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
  }

  private void require(Line line, int operands) {
    if (line.operands().size() != operands) {
      throw malformed(line, "expected " + operands + " operands, found " + line.operands().size());
    }
  }

  private InvalidVectorException malformed(Line line, String what) {
    return malformed(line.number(), line.text(), what);
  }

  private InvalidVectorException malformed(int number, String text, String what) {
    return new InvalidVectorException(file + ": line " + number + " (" + text + ")", what);
  }
}
