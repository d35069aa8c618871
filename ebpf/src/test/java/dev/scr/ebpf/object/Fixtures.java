package dev.scr.ebpf.object;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The objects compiled from {@code src/test/bpf}. */
public final class Fixtures {
  private Fixtures() {}

  /** Bytes of a fixture. */
  public static byte[] bytes(String name) {
    try (InputStream in = Fixtures.class.getResourceAsStream("/bpf/" + name + ".o")) {
      if (in == null) {
        throw new IllegalStateException("no fixture " + name + "; run src/test/bpf/build.sh");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A fixture. */
  public static BpfObject object(String name) {
    return BpfObject.read(bytes(name), name + ".o");
  }
}
