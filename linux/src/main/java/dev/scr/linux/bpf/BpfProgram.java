package dev.scr.linux.bpf;

import dev.scr.linux.call.FileDescriptor;

/**
 * A program that the kernel has verified and compiled; it lives until this is closed and nothing is
 * attached any more.
 */
public final class BpfProgram implements AutoCloseable {
  private final ProgramSpec spec;
  private final FileDescriptor descriptor;
  private final VerifierLog log;

  private BpfProgram(ProgramSpec spec, ProgramLoader.Loaded loaded) {
    this.spec = spec;
    this.descriptor = loaded.descriptor();
    this.log = loaded.log();
  }

  /**
   * Loads a program. Needs CAP_BPF, and CAP_NET_ADMIN for most types. The maps that it refers to
   * may be closed afterwards.
   *
   * @throws ProgramRefused with the verifier's log
   */
  public static BpfProgram load(ProgramSpec spec) {
    return new BpfProgram(spec, ProgramLoader.load(spec, false));
  }

  /**
   * As {@link #load}, and {@link #log} then has every step of the verifier also when it accepts;
   * megabytes for long programs.
   */
  public static BpfProgram loadLoggingEveryStep(ProgramSpec spec) {
    return new BpfProgram(spec, ProgramLoader.load(spec, true));
  }

  public ProgramSpec spec() {
    return spec;
  }

  /** For maps of programs, and for links. */
  public int fd() {
    return descriptor.number();
  }

  /** The verifier's statistics, or more; see {@link #loadLoggingEveryStep}. */
  public VerifierLog log() {
    return log;
  }

  public ProgramInfo info() {
    return ProgramInfo.of(descriptor);
  }

  /** Runs the program in the kernel on made-up input; see {@link TestInput}. */
  public TestResult run(TestInput input) {
    return TestResult.of(this, input);
  }

  @Override
  public void close() {
    descriptor.close();
  }

  @Override
  public String toString() {
    return spec.toString();
  }
}
