package dev.scr.softswitch.state;

/**
 * A two-rate three-colour meter. Tokens come in with the switch's time, which is in microseconds.
 */
public final class Meter {

  /** The colour of a packet within both rates. */
  public static final int GREEN = 0;

  /** The colour of a packet beyond the committed rate. */
  public static final int YELLOW = 1;

  /** The colour of a packet beyond the peak rate. */
  public static final int RED = 2;

  /**
   * Rates per second and bursts, in bytes or packets as the meter counts.
   *
   * @param committedRate guaranteed rate
   * @param committedBurst tokens that can be saved up at the committed rate
   * @param peakRate largest rate
   * @param peakBurst tokens that can be saved up at the peak rate
   */
  public record Config(long committedRate, long committedBurst, long peakRate, long peakBurst) {}

  private static final double MICROS_PER_SECOND = 1e6;

  private final Config config;
  private double committedTokens;
  private double peakTokens;
  private long lastMicros;

  /** A meter whose buckets are full at that time. */
  public Meter(Config config, long nowMicros) {
    this.config = config;
    committedTokens = config.committedBurst;
    peakTokens = config.peakBurst;
    lastMicros = nowMicros;
  }

  /** The rates and bursts. */
  public Config config() {
    return config;
  }

  /**
   * Takes tokens for one packet.
   *
   * @param cost bytes of the packet, or 1
   * @return {@link #GREEN}, {@link #YELLOW} or {@link #RED}
   */
  public int color(long cost, long nowMicros) {
    double seconds = Math.max(0, nowMicros - lastMicros) / MICROS_PER_SECOND;
    lastMicros = Math.max(lastMicros, nowMicros);
    committedTokens =
        Math.min(
            (double) config.committedBurst,
            committedTokens + seconds * (double) config.committedRate);
    peakTokens =
        Math.min((double) config.peakBurst, peakTokens + seconds * (double) config.peakRate);
    if (peakTokens < cost) {
      return RED;
    }
    peakTokens -= cost;
    if (committedTokens < cost) {
      return YELLOW;
    }
    committedTokens -= cost;
    return GREEN;
  }
}
