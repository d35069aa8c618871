package dev.scr.ebpf.object;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Reads section {@code .BTF}. Each type is a 12-byte head (name, info, size or type) and a body
 * that depends on its kind.
 */
final class BtfReader {
  private static final int MAGIC = 0xeb9f;
  private static final int HEAD_BYTES = 12;

  private final Bytes section;
  private final Bytes data;
  private final Bytes strings;

  private BtfReader(Bytes section, Bytes data, Bytes strings) {
    this.section = section;
    this.data = data;
    this.strings = strings;
  }

  static Btf read(String file, Bytes section) {
    if (section.u16(0) != MAGIC) {
      throw section.malformed(
          "expected magic 0xeb9f, found 0x" + Integer.toHexString(section.u16(0)));
    }
    if (section.u8(2) != 1) {
      throw section.malformed("expected BTF version 1, found " + section.u8(2));
    }
    long header = section.u32(4);
    Bytes data = section.slice("section .BTF types", header + section.u32(8), section.u32(12));
    Bytes strings =
        section.slice("section .BTF strings", header + section.u32(16), section.u32(20));
    return new Btf(file, new BtfReader(section, data, strings).types());
  }

  private List<BtfType> types() {
    List<BtfType> types = new ArrayList<>();
    types.add(new BtfType.NoType());
    long at = 0;
    while (at < data.length()) {
      int info = data.i32(at + 4);
      int count = info & 0xffff;
      int kind = info >>> 24 & 0x1f;
      types.add(type(at, kind, count, info < 0, types.size()));
      at += HEAD_BYTES + bodyBytes(kind, count, types.size() - 1);
    }
    return types;
  }

  private int bodyBytes(int kind, int count, int number) {
    return switch (kind) {
      case 1, 14, 17 -> 4;
      case 2, 7, 8, 9, 10, 11, 12, 16, 18 -> 0;
      case 3 -> 12;
      case 4, 5, 15, 19 -> 12 * count;
      case 6, 13 -> 8 * count;
      default -> throw unknown(kind, number);
    };
  }

  private MalformedObjectException unknown(int kind, int number) {
    return section.malformed("type " + number + ": expected a kind 1 to 19, found " + kind);
  }

  private BtfType type(long at, int kind, int count, boolean flag, int number) {
    String name = strings.string(data.u32(at));
    int size = data.i32(at + 8);
    return switch (kind) {
      case 1 -> integer(name, size, data.i32(at + HEAD_BYTES));
      case 2 -> new BtfType.Pointer(size);
      case 3 ->
          new BtfType.Array(
              data.i32(at + HEAD_BYTES),
              data.i32(at + HEAD_BYTES + 4),
              data.u32(at + HEAD_BYTES + 8));
      case 4, 5 ->
          new BtfType.Struct(
              name, kind == 5, positive(size, number), list(at, 12, count, m -> member(m, flag)));
      case 6 ->
          new BtfType.Enumeration(
              name, size, list(at, 8, count, c -> new BtfType.Constant(text(c), data.i32(c + 4))));
      case 7 -> new BtfType.Forward(name);
      case 8 -> new BtfType.Alias(BtfType.Alias.Kind.TYPEDEF, name, size);
      case 9 -> new BtfType.Alias(BtfType.Alias.Kind.VOLATILE, name, size);
      case 10 -> new BtfType.Alias(BtfType.Alias.Kind.CONST, name, size);
      case 11 -> new BtfType.Alias(BtfType.Alias.Kind.RESTRICT, name, size);
      case 12 -> new BtfType.Function(name, size, count);
      case 13 ->
          new BtfType.Prototype(
              size, list(at, 8, count, p -> new BtfType.Parameter(text(p), data.i32(p + 4))));
      case 14 -> new BtfType.Variable(name, size, data.i32(at + HEAD_BYTES));
      case 15 ->
          new BtfType.DataSection(
              name,
              size,
              list(
                  at,
                  12,
                  count,
                  p -> new BtfType.Place(data.i32(p), data.i32(p + 4), data.i32(p + 8))));
      case 16 -> new BtfType.Real(name, size);
      case 17 -> new BtfType.DeclarationTag(name, size, data.i32(at + HEAD_BYTES));
      case 18 -> new BtfType.Alias(BtfType.Alias.Kind.TYPE_TAG, name, size);
      case 19 ->
          new BtfType.Enumeration(
              name, size, list(at, 12, count, c -> new BtfType.Constant(text(c), data.i64(c + 4))));
      default -> throw unknown(kind, number);
    };
  }

  private static BtfType integer(String name, int size, int encoding) {
    return new BtfType.Int(name, size, encoding & 0xff, (encoding >>> 24 & 1) != 0);
  }

  private BtfType.Member member(long at, boolean bitFields) {
    int offset = data.i32(at + 8);
    return bitFields
        ? new BtfType.Member(text(at), data.i32(at + 4), offset & 0xff_ffff, offset >>> 24)
        : new BtfType.Member(text(at), data.i32(at + 4), offset, 0);
  }

  private int positive(int size, int number) {
    if (size < 0) {
      throw section.malformed(
          "type " + number + ": expected a size below 2^31, found " + (size & 0xffff_ffffL));
    }
    return size;
  }

  private String text(long at) {
    return strings.string(data.u32(at));
  }

  private <T> List<T> list(long at, int bytes, int count, LongFunction<T> element) {
    List<T> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(element.apply(at + HEAD_BYTES + (long) i * bytes));
    }
    return List.copyOf(list);
  }
}
