package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.proof.ValueFact;
import java.util.Arrays;

/**
 * Registers and memory as bytes that are each a constant, a byte of memory as it was before the
 * window, or a byte of a register as it was. Code that only moves bytes is executed exactly; for
 * anything else there is no result. Owned by one thread.
 */
final class ByteVectors {
  /** Bytes of memory are coded from here on: region and index. */
  private static final int MEMORY = 1 << 20;

  /** Bytes of registers: register and index. */
  private static final int REGISTER = 1 << 28;

  final int[][] registers = new int[Reg.COUNT][8];
  final int[][] memory;
  private final Layout layout;
  private final Places places;

  private ByteVectors(Layout layout) {
    this.layout = layout;
    this.places = Places.before(layout);
    this.memory = new int[layout.regionCount()][];
  }

  /** Before the window. */
  static ByteVectors before(Layout layout) {
    ByteVectors vectors = new ByteVectors(layout);
    for (int r = 0; r < Reg.COUNT; r++) {
      vectors.begin(r, layout.window().before().registers().get(r));
    }
    for (int i = 0; i < vectors.memory.length; i++) {
      vectors.memory[i] = new int[layout.size(i)];
      for (int at = 0; at < vectors.memory[i].length; at++) {
        vectors.memory[i][at] = memoryByte(i, at);
      }
    }
    return vectors;
  }

  private void begin(int r, ValueFact fact) {
    for (int b = 0; b < 8; b++) {
      registers[r][b] = REGISTER | r << 3 | b;
      if (fact instanceof ValueFact.Scalar scalar) {
        boolean small = scalar.unsignedMax() >= 0 && (scalar.unsignedMax() >>> (8 * b)) == 0;
        if ((scalar.unknown() >>> (8 * b) & 0xff) == 0) {
          registers[r][b] = (int) (scalar.bits() >>> (8 * b) & 0xff);
        } else if (small) {
          registers[r][b] = 0;
        }
      }
    }
    if (fact instanceof ValueFact.SameAs(Reg other)) {
      registers[r] = registers[other.number()].clone();
    }
  }

  /** The code of a byte of memory before the window. */
  static int memoryByte(int region, int index) {
    return MEMORY | region << 12 | index;
  }

  static boolean isMemory(int code) {
    return (code & MEMORY) != 0 && code < REGISTER;
  }

  static boolean isConstant(int code) {
    return code < 256;
  }

  static int regionOf(int code) {
    return code >> 12 & 0xff;
  }

  static int indexOf(int code) {
    return code & 0xfff;
  }

  /** Whether an instruction may be one that only moves bytes. */
  static boolean isMove(Instruction insn) {
    return switch (insn) {
      case Load load -> !load.signed();
      case Store _, Swap _ -> true;
      case LoadWide wide -> wide.source() == WideSource.CONSTANT;
      case Alu(Width _, AluOp op, Reg _, Reg _) ->
          op == AluOp.MOV || op == AluOp.OR || op == AluOp.ADD || op == AluOp.XOR;
      case Alu(Width _, AluOp op, Reg _, Imm(int value)) ->
          switch (op) {
            case MOV, AND, OR -> true;
            case LSH, RSH -> value % 8 == 0;
            default -> false;
          };
      default -> false;
    };
  }

  /** Executes the window's code; false if it does more than move bytes. */
  boolean execute() {
    for (Instruction insn : layout.window().code()) {
      Step step = Step.of(insn, layout);
      if (!execute(insn, step)) {
        return false;
      }
      places.step(step);
    }
    return true;
  }

  private boolean execute(Instruction insn, Step step) {
    return switch (insn) {
      case Load load -> !load.signed() && load(step);
      case Store store -> store(store, step);
      case LoadWide wide when wide.source() == WideSource.CONSTANT ->
          set(wide.dst(), constant(wide.value()), Width.W64);
      case Swap(SwapOp op, Reg dst) -> swap(op, dst.number());
      case Alu(Width width, AluOp op, Reg dst, Reg src) ->
          switch (op) {
            case MOV -> set(dst, registers[src.number()].clone(), width);
            case OR, ADD, XOR -> combine(dst, registers[src.number()], width);
            default -> false;
          };
      case Alu(Width width, AluOp op, Reg dst, Imm(int value)) -> constant(width, op, dst, value);
      default -> false;
    };
  }

  private boolean constant(Width width, AluOp op, Reg dst, int value) {
    int[] now = registers[dst.number()];
    return switch (op) {
      case MOV -> set(dst, constant(value), width);
      case OR -> combine(dst, constant(value), width);
      case AND -> mask(dst, value, width);
      case LSH, RSH -> {
        if (value % 8 != 0 || value < 0 || value >= width.bits()) {
          yield false;
        }
        int[] source = now.clone();
        if (width == Width.W32) {
          Arrays.fill(source, 4, 8, 0);
        }
        yield set(dst, shifted(source, op == AluOp.LSH ? value / 8 : -value / 8), width);
      }
      default -> false;
    };
  }

  /** Moved by bytes towards the high end, or the low end if negative; zeros come in. */
  static int[] shifted(int[] vector, int bytes) {
    int[] result = new int[8];
    for (int b = 0; b < 8; b++) {
      int from = b - bytes;
      result[b] = from >= 0 && from < 8 ? vector[from] : 0;
    }
    return result;
  }

  private static int[] constant(long value) {
    int[] vector = new int[8];
    for (int b = 0; b < 8; b++) {
      vector[b] = (int) (value >>> (8 * b) & 0xff);
    }
    return vector;
  }

  private boolean set(Reg dst, int[] vector, Width width) {
    if (width == Width.W32) {
      Arrays.fill(vector, 4, 8, 0);
    }
    registers[dst.number()] = vector;
    return true;
  }

  private boolean combine(Reg dst, int[] other, Width width) {
    int[] sum = registers[dst.number()].clone();
    for (int b = 0; b < width.bits() / 8; b++) {
      if (sum[b] == 0) {
        sum[b] = other[b];
      } else if (other[b] != 0) {
        return false;
      }
    }
    return set(dst, sum, width);
  }

  private boolean mask(Reg dst, long mask, Width width) {
    int[] kept = registers[dst.number()].clone();
    for (int b = 0; b < width.bits() / 8; b++) {
      int bits = (int) (mask >>> (8 * b) & 0xff);
      if (isConstant(kept[b])) {
        kept[b] &= bits;
      } else if (bits == 0) {
        kept[b] = 0;
      } else if (bits != 0xff) {
        return false;
      }
    }
    return set(dst, kept, width);
  }

  private boolean swap(SwapOp op, int dst) {
    registers[dst] = swapped(registers[dst], op);
    return true;
  }

  static int[] swapped(int[] vector, SwapOp op) {
    int[] result = new int[8];
    int bytes = op.bits() / 8;
    boolean keep = op.kind() == SwapOp.Kind.LE;
    for (int b = 0; b < bytes; b++) {
      result[b] = vector[keep ? b : bytes - 1 - b];
    }
    return result;
  }

  private boolean load(Step step) {
    int region = places.region(step.base);
    if (region < 0) {
      return false;
    }
    int at = places.offset(step.base) + step.offset - layout.low(region);
    int[] vector = new int[8];
    System.arraycopy(memory[region], at, vector, 0, step.bytes);
    registers[step.dst] = vector;
    return true;
  }

  private boolean store(Store store, Step step) {
    int region = places.region(step.base);
    if (region < 0) {
      return false;
    }
    int at = places.offset(step.base) + step.offset - layout.low(region);
    int[] value = store.src() instanceof Imm(int imm) ? constant(imm) : registers[step.src];
    System.arraycopy(value, 0, memory[region], at, step.bytes);
    return true;
  }
}
