package dev.scr.linux.bpf;

import static dev.scr.linux.bpf.Instructions.exit;
import static dev.scr.linux.bpf.Instructions.instruction;
import static dev.scr.linux.bpf.Instructions.move;
import static dev.scr.linux.bpf.Instructions.program;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.SocketCalls;
import dev.scr.linux.call.SystemCallException;

/** Kernel features that this project can use, each with what it is for. */
public enum Feature {
  BPF_SYSCALL("loading programs into the kernel"),
  XDP_PROGRAM("running handlers in the kernel's receive path"),
  BOUNDED_LOOPS("history loops that are not unrolled (Linux 5.3)"),
  ISA_V4("objects compiled with -mcpu=v4 (Linux 6.6)"),
  TEST_RUN("comparing engines with the kernel"),
  LIVE_FRAMES("generating packets at full speed (Linux 5.18)"),
  AF_XDP("handing frames to workers without the stack");

  private static final int XDP_DROP = 1;
  private static final int LOOPBACK = 1;
  private static final byte[] DROP = program(move(0, XDP_DROP), exit());
  private static final byte[] LOOP =
      program(
          move(0, 0),
          instruction(0x07, 0, 0, 0, 1), // r0 += 1
          instruction(0xa5, 0, 0, -2, 10), // if r0 < 10 goto -2
          exit());
  private static final byte[] SIGN_EXTENDING_MOVE =
      program(
          move(1, 0x80),
          instruction(0xbf, 0, 1, 8, 0), // r0 = (s8) r1
          exit());

  private final String purpose;

  Feature(String purpose) {
    this.purpose = purpose;
  }

  public String purpose() {
    return purpose;
  }

  /**
   * Tries the feature out. Needs privileges for a conclusive answer, leaves nothing behind, any
   * thread may ask.
   */
  public Probe probe() {
    return switch (this) {
      case BPF_SYSCALL ->
          tried(() -> BpfMap.create(MapSpec.of("probe", MapType.ARRAY, 4, 4, 1)).close());
      case XDP_PROGRAM -> after(BPF_SYSCALL, () -> load(ProgramType.XDP, DROP));
      case BOUNDED_LOOPS -> after(BPF_SYSCALL, () -> load(ProgramType.SOCKET_FILTER, LOOP));
      case ISA_V4 -> after(BPF_SYSCALL, () -> load(ProgramType.SOCKET_FILTER, SIGN_EXTENDING_MOVE));
      case TEST_RUN -> after(XDP_PROGRAM, () -> run(TestInput.of(new byte[64])));
      case LIVE_FRAMES ->
          after(TEST_RUN, () -> run(TestInput.of(new byte[64]).arrivingOn(LOOPBACK, 0).live(64)));
      case AF_XDP -> tried(Feature::openXdpSocket);
    };
  }

  private static Probe after(Feature needed, Runnable attempt) {
    return switch (needed.probe()) {
      case Probe.Available _ -> tried(attempt);
      case Probe.NotSupported no -> no;
      case Probe.Inconclusive unknown -> unknown;
    };
  }

  private static Probe tried(Runnable attempt) {
    try {
      attempt.run();
      return new Probe.Available();
    } catch (ProgramRefused e) {
      return judge(e.errno(), String.valueOf(e.getMessage()));
    } catch (SystemCallException e) {
      return judge(e.errno(), String.valueOf(e.getMessage()));
    }
  }

  private static Probe judge(int errno, String message) {
    return switch (errno) {
      case Errno.ENOSYS,
          Errno.EINVAL,
          Errno.EOPNOTSUPP,
          Errno.EAFNOSUPPORT,
          Errno.EPROTONOSUPPORT ->
          new Probe.NotSupported(message);
      default -> new Probe.Inconclusive(message);
    };
  }

  private static void load(ProgramType type, byte[] instructions) {
    BpfProgram.load(ProgramSpec.of("probe", type, "GPL", instructions)).close();
  }

  private static void run(TestInput input) {
    try (BpfProgram program =
        BpfProgram.load(ProgramSpec.of("probe", ProgramType.XDP, "GPL", DROP))) {
      program.run(input);
    }
  }

  private static void openXdpSocket() {
    FileDescriptor.of(
            SocketCalls.socket(SocketCalls.AF_XDP, SocketCalls.SOCK_RAW, 0), "open AF_XDP socket")
        .close();
  }
}
