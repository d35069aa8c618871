package dev.scr.ebpf.object;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * Rewrites section {@code .BTF.ext} after code has moved: function and line records follow their
 * instructions; line records of instructions that are gone are dropped.
 *
 * <pre>
 *   header (24 or 32 bytes): magic, version, flags, header length, then offset and length of: functions, lines, CO-RE
 *   each part: record size (4), then per section: name (4), number of records (4), records that start with a byte offset
 * </pre>
 */
final class BtfExtension {
  private static final int MAGIC = 0xeb9f;
  private static final int SHORT_HEADER = 24;
  private static final int LONG_HEADER = 32;

  private final Bytes section;
  private final Bytes names;
  private final Mover mover;

  /** Tells where instructions went. */
  interface Mover {
    /** New byte offset of the instruction at a byte offset of a section; empty if it is gone. */
    OptionalLong move(String section, long offset);

    /** Whether a function of the section was changed. */
    boolean isChanged(String section);
  }

  private BtfExtension(Bytes section, Bytes names, Mover mover) {
    this.section = section;
    this.names = names;
    this.mover = mover;
  }

  /**
   * The new contents.
   *
   * @param btf section {@code .BTF}, which has the names
   */
  static byte[] rewrite(Bytes section, Bytes btf, Mover mover) {
    Bytes names = btf.slice("section .BTF strings", btf.u32(4) + btf.u32(16), btf.u32(20));
    return new BtfExtension(section, names, mover).rewrite();
  }

  private byte[] rewrite() {
    if (section.u16(0) != MAGIC) {
      throw section.malformed(
          "expected magic 0xeb9f, found 0x" + Integer.toHexString(section.u16(0)));
    }
    long header = section.u32(4);
    if (header < SHORT_HEADER || header > LONG_HEADER) {
      throw section.malformed("expected a header of 24 to 32 bytes, found " + header);
    }
    int parts = header >= LONG_HEADER ? 3 : 2;
    ByteBuffer head = ByteBuffer.wrap(section.copy(0, header)).order(ByteOrder.LITTLE_ENDIAN);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int part = 0; part < parts; part++) {
      int at = 8 + 8 * part;
      byte[] records = part(part, header + section.u32(at), section.u32(at + 4));
      head.putInt(at, body.size()).putInt(at + 4, records.length);
      body.writeBytes(records);
    }
    byte[] result = Arrays.copyOf(head.array(), (int) header + body.size());
    System.arraycopy(body.toByteArray(), 0, result, (int) header, body.size());
    return result;
  }

  private byte[] part(int part, long offset, long length) {
    if (length == 0) {
      return new byte[0];
    }
    Bytes data = section.slice("section .BTF.ext part " + part, offset, length);
    int recordBytes = data.i32(0);
    if (recordBytes < 8 || recordBytes > 256) {
      throw data.malformed("expected records of 8 to 256 bytes, found " + recordBytes);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(data.copy(0, 4));
    long at = 4;
    while (at < length) {
      String name = names.string(data.u32(at));
      long count = data.u32(at + 4);
      if (part == 2 && mover.isChanged(name)) {
        throw data.malformed(
            "section "
                + name
                + ": expected code without CO-RE relocations to rewrite, found "
                + count);
      }
      byte[] records = records(name, data, at + 8, count, recordBytes);
      ByteBuffer head = ByteBuffer.wrap(data.copy(at, 8)).order(ByteOrder.LITTLE_ENDIAN);
      head.putInt(4, records.length / recordBytes);
      out.writeBytes(head.array());
      out.writeBytes(records);
      at += 8 + count * recordBytes;
    }
    return out.toByteArray();
  }

  private byte[] records(String name, Bytes data, long at, long count, int recordBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long previous = -1;
    for (long i = 0; i < count; i++) {
      byte[] record = data.copy(at + i * recordBytes, recordBytes);
      ByteBuffer view = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
      OptionalLong moved = mover.move(name, view.getInt(0) & 0xffff_ffffL);
      if (moved.isPresent() && moved.getAsLong() > previous) {
        previous = moved.getAsLong();
        view.putInt(0, (int) previous);
        out.writeBytes(record);
      }
    }
    return out.toByteArray();
  }
}
