package dev.scr.k2.validate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * Fields of {@code struct __sk_buff} that go with a frame: those that a test run of the kernel lets
 * one set, by offset. What they hold follows from the frame's bytes.
 */
final class BufferFields {
  private static final int MARK = 8;
  private static final int PRIORITY = 32;
  private static final int TC_INDEX = 44;
  private static final int CONTROL_BLOCK = 48;
  private static final int CONTROL_BLOCK_BYTES = 20;

  private BufferFields() {}

  /** Takes a value for the field at an offset. */
  @FunctionalInterface
  interface Setter {
    void set(int offset, int value);
  }

  static void set(Sample sample, Setter setter) {
    int noise = sample.hash();
    setter.set(MARK, (noise & 3) == 0 ? noise : noise >>> 2 & 0xf);
    setter.set(PRIORITY, noise >>> 8 & 7);
    for (int i = 0; i < CONTROL_BLOCK_BYTES; i += 4) {
      setter.set(CONTROL_BLOCK + i, (noise >>> i & 1) == 0 ? 0 : noise >>> 16);
    }
  }

  /** The frame, and behind it the fields that programs write. */
  static Sample append(Sample frame, IntUnaryOperator field) {
    byte[] all = Arrays.copyOf(frame.raw(), frame.length() + 12 + CONTROL_BLOCK_BYTES);
    ByteBuffer out = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).position(frame.length());
    out.putInt(field.applyAsInt(MARK));
    out.putInt(field.applyAsInt(PRIORITY));
    out.putInt(field.applyAsInt(TC_INDEX));
    for (int i = 0; i < CONTROL_BLOCK_BYTES; i += 4) {
      out.putInt(field.applyAsInt(CONTROL_BLOCK + i));
    }
    return new Sample(all);
  }
}
