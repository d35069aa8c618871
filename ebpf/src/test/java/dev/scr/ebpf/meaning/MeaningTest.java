package dev.scr.ebpf.meaning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The definition's two executions agree with each other, and both with worked values. */
class MeaningTest {
  private static final LongBitVectors BV = LongBitVectors.INSTANCE;
  private static final Arithmetic GENERATED = Arithmetic.GENERATED;
  private static final long SEED = Long.getLong("seed", 20260101);

  private static List<long[]> operands() {
    long[] edges = {
      0,
      1,
      -1,
      2,
      31,
      32,
      63,
      64,
      0x7f,
      0x80,
      0xff,
      0x7fff,
      0x8000,
      0xffff,
      Integer.MAX_VALUE,
      Integer.MIN_VALUE,
      0x8000_0000L,
      0xffff_ffffL,
      0x1_0000_0000L,
      Long.MAX_VALUE,
      Long.MIN_VALUE
    };
    List<long[]> pairs = new ArrayList<>();
    for (long a : edges) {
      for (long b : edges) {
        pairs.add(new long[] {a, b, b});
        pairs.add(new long[] {a, b, a});
      }
    }
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 500; i++) {
      pairs.add(new long[] {random.nextLong(), random.nextLong(), random.nextLong()});
    }
    return pairs;
  }

  @ParameterizedTest
  @EnumSource
  void arithmetic(AluOp op) {
    for (Width width : Width.values()) {
      for (long[] v : operands()) {
        assertEquals(
            Meaning.alu(BV, op, width, v[0], v[1]),
            GENERATED.alu(op, width, v[0], v[1]),
            () -> op + " " + width + " " + v[0] + " " + v[1]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void comparisons(JmpOp op) {
    for (Width width : Width.values()) {
      for (long[] v : operands()) {
        assertEquals(
            Meaning.test(BV, op, width, v[0], v[1]),
            GENERATED.test(op, width, v[0], v[1]),
            () -> op + " " + width + " " + v[0] + " " + v[1]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void atomics(AtomicOp op) {
    for (Width width : Width.values()) {
      for (long[] v : operands()) {
        long old = BV.zeroExtend(v[0], width.bits());
        assertEquals(
            Meaning.atomic(BV, op, width, old, v[1], v[2]),
            GENERATED.atomic(op, width, old, v[1], v[2]),
            () -> op + " " + width + " " + old + " " + v[1] + " " + v[2]);
      }
    }
  }

  @Test
  void swapsAndLoads() {
    for (long[] v : operands()) {
      for (SwapOp op : SwapOp.values()) {
        assertEquals(Meaning.swap(BV, op, v[0]), GENERATED.swap(op, v[0]), op.symbol());
      }
      for (MemSize size : MemSize.values()) {
        assertEquals(
            Meaning.loaded(BV, size, true, v[0]), GENERATED.loaded(size, true, v[0]), size.name());
        assertEquals(
            Meaning.loaded(BV, size, false, v[0]),
            GENERATED.loaded(size, false, v[0]),
            size.name());
        assertEquals(
            Meaning.loadedFromPacket(BV, size, v[0]),
            GENERATED.loadedFromPacket(size, v[0]),
            size.name());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ADD,    W64, 7, -8, -1",
    "ADD,    W32, 4294967295, 1, 0",
    "SUB,    W32, 0, 1, 4294967295",
    "MUL,    W32, 2147483648, 4294967295, 2147483648",
    "DIV,    W64, -1, 2, 9223372036854775807",
    "DIV,    W64, 5, 0, 0",
    "DIV,    W32, 4294967295, 4294967296, 0",
    "SDIV,   W64, -7, 2, -3",
    "SDIV,   W64, -9223372036854775808, -1, -9223372036854775808",
    "SDIV,   W32, 2147483648, -1, 2147483648",
    "SDIV,   W32, -7, 2, 4294967293",
    "MOD,    W64, 7, 0, 7",
    "MOD,    W32, -1, 0, 4294967295",
    "SMOD,   W64, -7, 2, -1",
    "SMOD,   W64, -9223372036854775808, -1, 0",
    "SMOD,   W32, -7, 0, 4294967289",
    "NEG,    W32, 1, 0, 4294967295",
    "NEG,    W64, 1, 0, -1",
    "LSH,    W64, 1, 64, 1",
    "LSH,    W32, 1, 33, 2",
    "RSH,    W64, -1, 63, 1",
    "RSH,    W32, -1, 31, 1",
    "ARSH,   W64, -8, 1, -4",
    "ARSH,   W32, 2147483648, 31, 4294967295",
    "MOV,    W32, 0, -1, 4294967295",
    "MOVSX8, W64, 0, 255, -1",
    "MOVSX8, W32, 0, 128, 4294967168",
    "MOVSX16, W64, 0, 32768, -32768",
    "MOVSX32, W64, 0, 2147483648, -2147483648",
    "XOR,    W64, -1, -1, 0",
    "OR,     W32, 4294967296, 1, 1",
    "AND,    W64, -1, 5, 5",
  })
  void workedValues(AluOp op, Width width, long dst, long src, long result) {
    assertEquals(result, Meaning.alu(BV, op, width, dst, src));
    assertEquals(result, GENERATED.alu(op, width, dst, src));
  }

  @ParameterizedTest
  @CsvSource({
    "LE16, 0x1122334455667788, 0x7788",
    "BE16, 0x1122334455667788, 0x8877",
    "BE32, 0x1122334455667788, 0x88776655",
    "BE64, 0x1122334455667788, 0x8877665544332211",
    "BSWAP16, 0x1122334455667788, 0x8877",
    "BSWAP64, 0x1122334455667788, 0x8877665544332211",
  })
  void workedSwaps(SwapOp op, String value, String result) {
    long expected = Long.parseUnsignedLong(result.substring(2), 16);
    assertEquals(expected, GENERATED.swap(op, Long.parseUnsignedLong(value.substring(2), 16)));
  }
}
