package dev.scr.linux.xdp;

/**
 * Frames of the shared memory that neither the kernel nor the caller holds, by their offsets. A
 * stack, owned by one thread.
 */
final class FramePool {
  private final long[] free;
  private int size;

  FramePool(int frames, int frameBytes) {
    free = new long[frames];
    for (int i = frames - 1; i >= 0; i--) {
      give((long) i * frameBytes);
    }
  }

  int size() {
    return size;
  }

  long take() {
    return free[--size];
  }

  void give(long frame) {
    if (size == free.length) {
      throw new IllegalStateException(
          "AF_XDP frame " + frame + ": expected one that is out, found all " + size + " here");
    }
    free[size++] = frame;
  }
}
