package dev.scr.cli.harness;

import dev.scr.hosts.sequencer.FrameSink;
import dev.scr.softswitch.packet.Transmit;

/** Hands the embedded switch's frames on; they lie anywhere in an array there and at 0 here. */
final class SinkAdapter implements Transmit {
  private final FrameSink sink;
  private byte[] moved = new byte[2048];

  SinkAdapter(FrameSink sink) {
    this.sink = sink;
  }

  @Override
  public void frame(int port, byte[] bytes, int offset, int length) {
    if (offset == 0) {
      sink.frame(port, bytes, length);
      return;
    }
    if (moved.length < length) {
      moved = new byte[length];
    }
    System.arraycopy(bytes, offset, moved, 0, length);
    sink.frame(port, moved, length);
  }
}
