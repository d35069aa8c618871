package dev.scr.cli.harness;

/** The switches that a command can start. */
public enum SwitchKind {
  /** The embedded switch, in this process. */
  EMBEDDED,
  /** BMv2's {@code simple_switch_grpc}, in a process of its own. */
  BMV2;

  /** Starts the switch, without a pipeline, serving P4Runtime on a loopback address. */
  public SwitchHarness start() throws InterruptedException {
    return switch (this) {
      case EMBEDDED -> new EmbeddedHarness();
      case BMV2 -> Bmv2Harness.start();
    };
  }
}
