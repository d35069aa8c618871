package dev.scr.softswitch.server;

import dev.scr.softswitch.state.Meter;
import org.p4.v1.MeterConfig;

/** Meter configurations between the protocol and the meters. */
final class MeterCodec {

  private MeterCodec() {}

  static Meter.Config decode(MeterConfig sent) {
    if (sent.getCir() < 0 || sent.getCburst() < 0 || sent.getPir() < 0 || sent.getPburst() < 0) {
      throw Rejected.invalid("meter: expected rates and bursts >= 0");
    }
    if (sent.getCir() > sent.getPir()) {
      throw Rejected.invalid(
          "meter: expected cir <= pir, found " + sent.getCir() + " and " + sent.getPir());
    }
    if (sent.getEburst() != 0) {
      throw Rejected.unimplemented("eburst");
    }
    return new Meter.Config(sent.getCir(), sent.getCburst(), sent.getPir(), sent.getPburst());
  }

  static MeterConfig encode(Meter.Config config) {
    return MeterConfig.newBuilder()
        .setCir(config.committedRate())
        .setCburst(config.committedBurst())
        .setPir(config.peakRate())
        .setPburst(config.peakBurst())
        .build();
  }
}
