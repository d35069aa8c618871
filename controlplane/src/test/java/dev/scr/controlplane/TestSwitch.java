package dev.scr.controlplane;

import dev.scr.controlplane.session.SwitchAddress;

/** A running switch without a pipeline, as device 1. */
public interface TestSwitch extends AutoCloseable {

  SwitchAddress address();

  @Override
  void close();

  /** What the same test runs on. */
  enum Kind {
    FAKE,
    BMV2;

    /** Starts one; skips the test, with the reason, where it is not installed. */
    public TestSwitch start() throws Exception {
      return switch (this) {
        case FAKE -> FakeSwitch.start();
        case BMV2 -> Bmv2.start();
      };
    }
  }
}
