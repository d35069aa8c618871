package dev.scr.linux.object;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.linux.bpf.BpfProgram;
import dev.scr.linux.bpf.ProgramInfo;
import dev.scr.linux.bpf.TestInput;
import dev.scr.linux.bpf.TestResult;
import dev.scr.linux.bpf.VerifierLog;
import dev.scr.linux.call.SystemCallException;
import java.util.Arrays;

/**
 * A program of an object, verified, compiled and run by the kernel. Runs on one thread at a time,
 * because {@link #packet} is that of the last run; closed with its instance.
 */
public final class KernelProgram {
  /** Shortest frame that a test run takes, in bytes. */
  public static final int SHORTEST_FRAME = 14;

  /** Longest frame that every kernel takes: a page less headroom and what lies behind it. */
  public static final int LONGEST_FRAME = 4096 - 256 - 320;

  private final ProgramSpec spec;
  private final String where;
  private final BpfProgram program;
  private byte[] packet = new byte[0];

  KernelProgram(ProgramSpec spec, String where, BpfProgram program) {
    this.spec = spec;
    this.where = where;
    this.program = program;
  }

  /** What the program was loaded from. */
  public ProgramSpec spec() {
    return spec;
  }

  /** The loaded program, for links and for maps of programs. */
  public BpfProgram loaded() {
    return program;
  }

  /** What the kernel says about it. */
  public ProgramInfo info() {
    return program.info();
  }

  /** The verifier's statistics. */
  public VerifierLog log() {
    return program.log();
  }

  /** Whether a test run takes a frame of this many bytes. */
  public static boolean takes(int frameBytes) {
    return frameBytes >= SHORTEST_FRAME && frameBytes <= LONGEST_FRAME;
  }

  /** Runs the program once on a copy of a frame and returns its verdict. */
  public int run(byte[] frame) {
    return run(frame, frame.length);
  }

  /**
   * Runs the program once on a copy of the first {@code length} bytes of a frame.
   *
   * @return what the program returned: an XDP action, or what its kind of program returns
   * @throws KernelRefusal if the frame is shorter or longer than a test run takes
   */
  public int run(byte[] frame, int length) {
    if (!takes(length)) {
      throw KernelRefusal.expected(
          where,
          "expected a frame of %d to %d bytes, found %d; the engines of this process take any"
              .formatted(SHORTEST_FRAME, LONGEST_FRAME, length));
    }
    TestResult result =
        run(TestInput.of(length == frame.length ? frame : Arrays.copyOf(frame, length)));
    packet = result.data();
    return result.returnValue();
  }

  /** Runs the program as the input says. */
  public TestResult run(TestInput input) {
    try {
      return program.run(input);
    } catch (SystemCallException e) {
      throw KernelRefusal.of(where, e);
    }
  }

  /** The frame as the last run on a frame left it. */
  public byte[] packet() {
    return packet.clone();
  }

  void close() {
    program.close();
  }
}
