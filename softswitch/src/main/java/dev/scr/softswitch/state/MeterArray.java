package dev.scr.softswitch.state;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An array of meters. A meter that is not configured says {@link Meter#GREEN} always. */
public final class MeterArray {

  private final String name;
  private final boolean bytes;
  private final @Nullable Meter[] meters;

  /**
   * {@code size} meters that are not configured.
   *
   * @param bytes whether they count bytes; packets otherwise
   */
  public MeterArray(String name, boolean bytes, int size) {
    this.name = name;
    this.bytes = bytes;
    meters = new Meter[size];
  }

  /** The P4 name. */
  public String name() {
    return name;
  }

  /** Number of meters. */
  public int size() {
    return meters.length;
  }

  /** The colour of a packet of that length; the caller has checked the index. */
  public int color(int index, int length, long nowMicros) {
    return color(meters[index], length, nowMicros);
  }

  /** The colour that a direct meter of this array's kind gives a packet. */
  public int color(@Nullable Meter meter, int length, long nowMicros) {
    return meter == null ? Meter.GREEN : meter.color(bytes ? length : 1, nowMicros);
  }

  /** A meter's configuration; the caller has checked the index. */
  public Optional<Meter.Config> config(int index) {
    return Optional.ofNullable(meters[index]).map(Meter::config);
  }

  /** Configures a meter, or makes it say green always if {@code config} is empty. */
  public void configure(int index, Optional<Meter.Config> config, long nowMicros) {
    meters[index] = config.map(rates -> new Meter(rates, nowMicros)).orElse(null);
  }
}
