package dev.scr.softswitch.program;

import java.util.Arrays;

/** Where the deparser writes a frame. Grows and never shrinks. */
public final class FrameBuffer {

  /** The frame is the first {@link #length} bytes. */
  public byte[] bytes = new byte[2048];

  /** Length of the frame. */
  public int length;

  /** An empty frame. */
  public FrameBuffer() {}

  void resize(int newLength) {
    if (newLength > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(newLength, bytes.length * 2));
    }
    length = newLength;
  }
}
