package dev.scr.ebpf.object;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A part of a file, little-endian; reading outside of it is reported with the file and the part's
 * name.
 */
final class Bytes {
  /** Longest name that is read; keeps reading linear in the file's size. */
  private static final int MAX_STRING_BYTES = 4096;

  private final String file;
  private final String place;
  private final ByteBuffer data;

  private Bytes(String file, String place, ByteBuffer data) {
    this.file = file;
    this.place = place;
    this.data = data.order(ByteOrder.LITTLE_ENDIAN);
  }

  static Bytes of(String file, String place, byte[] bytes) {
    return new Bytes(file, place, ByteBuffer.wrap(bytes));
  }

  /** A part of this part; shares the bytes. */
  Bytes slice(String name, long offset, long length) {
    check(offset, length);
    return new Bytes(file, name, data.slice((int) offset, (int) length));
  }

  int length() {
    return data.limit();
  }

  int u8(long at) {
    check(at, 1);
    return data.get((int) at) & 0xff;
  }

  int u16(long at) {
    check(at, 2);
    return data.getShort((int) at) & 0xffff;
  }

  int i32(long at) {
    check(at, 4);
    return data.getInt((int) at);
  }

  long u32(long at) {
    return i32(at) & 0xffff_ffffL;
  }

  long i64(long at) {
    check(at, 8);
    return data.getLong((int) at);
  }

  byte[] copy(long offset, long length) {
    check(offset, length);
    byte[] bytes = new byte[(int) length];
    data.get((int) offset, bytes);
    return bytes;
  }

  byte[] copy() {
    return copy(0, length());
  }

  /** The text up to the next zero byte. */
  String string(long at) {
    check(at, 1);
    int end = (int) at;
    int limit = (int) Math.min(data.limit(), at + MAX_STRING_BYTES);
    while (end < limit && data.get(end) != 0) {
      end++;
    }
    if (end == limit) {
      throw malformed(
          "expected a string of at most "
              + MAX_STRING_BYTES
              + " bytes that ends with a zero byte at offset "
              + at
              + ", found none");
    }
    return new String(copy(at, end - at), StandardCharsets.UTF_8);
  }

  MalformedObjectException malformed(String what) {
    return new MalformedObjectException(file, place, what);
  }

  private void check(long at, long length) {
    if (at < 0 || length < 0 || at > data.limit() - length) {
      throw malformed(
          "expected "
              + length
              + " bytes at offset "
              + at
              + ", found a part of "
              + data.limit()
              + " bytes");
    }
  }
}
