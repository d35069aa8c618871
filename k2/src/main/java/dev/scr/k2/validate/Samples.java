package dev.scr.k2.validate;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Random inputs for a program: frames where it sees packets, else words for its context. */
final class Samples {
  /** Bytes of a context that is not of packets: more than any of them has. */
  static final int CONTEXT_BYTES = 512;

  private static final int ADDRESS_FAMILY_INET = 2;

  private final SplittableRandom random;
  private final ProgramConstants constants;
  private final Frames frames;
  private final boolean packets;

  Samples(ProgramSpec program, long seed) {
    this.random = new SplittableRandom(seed);
    this.constants = ProgramConstants.of(program);
    this.frames = new Frames(random, constants);
    this.packets = program.type() == ProgramType.XDP || program.type().seesSocketBuffer();
  }

  List<Sample> next(int count) {
    List<Sample> samples = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      samples.add(new Sample(packets ? frames.next() : context()));
    }
    return samples;
  }

  private byte[] context() {
    byte[] bytes = new byte[CONTEXT_BYTES];
    for (int at = 0; at < bytes.length; at += 4) {
      long word =
          switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> random.nextInt(8);
            case 2 -> random.nextInt();
            case 3 -> -random.nextInt(1, 40);
            case 4 -> constants.any(random, 4);
            default -> at == 0 ? ADDRESS_FAMILY_INET : constants.any(random, 2);
          };
      for (int i = 0; i < 4; i++) {
        bytes[at + i] = (byte) (word >>> (8 * i));
      }
    }
    return bytes;
  }
}
