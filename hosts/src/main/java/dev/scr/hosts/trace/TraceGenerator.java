package dev.scr.hosts.trace;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Makes traces. The same {@link TraceSpec} gives the same bytes. */
public final class TraceGenerator {
  /** Packets are 1 µs apart, whole microseconds so that every sequencer's clock can show them. */
  private static final long INTERVAL_NS = 1_000;

  private static final long START_NS = 1_000_000_000;

  private TraceGenerator() {}

  /** Makes a trace. */
  public static Trace generate(TraceSpec spec) {
    return switch (spec.kind()) {
      case SINGLE_FLOW -> weighted(spec, new double[] {1});
      case UNIFORM -> weighted(spec, equal(spec.flows()));
      case ZIPF -> weighted(spec, harmonic(spec.flows()));
      case DATACENTER -> datacenter(spec);
      case CONNECTIONS -> connections(spec);
      case MIXED -> mixed(spec);
    };
  }

  /** Each packet belongs to a flow drawn with these weights. */
  private static Trace weighted(TraceSpec spec, double[] weights) {
    SplittableRandom random = new SplittableRandom(spec.seed());
    double[] cumulative = weights.clone();
    Arrays.parallelPrefix(cumulative, Double::sum);
    double total = cumulative[cumulative.length - 1];
    int[] flowOf = new int[spec.packets()];
    int[] left = new int[weights.length];
    for (int packet = 0; packet < spec.packets(); packet++) {
      int found = Arrays.binarySearch(cumulative, random.nextDouble() * total);
      flowOf[packet] = Math.min(found < 0 ? -found - 1 : found + 1, weights.length - 1);
      left[flowOf[packet]]++;
    }
    TcpFlow[] flows = new TcpFlow[weights.length];
    Trace.Builder trace = new Trace.Builder();
    FrameBuilder frame = new FrameBuilder();
    for (int packet = 0; packet < spec.packets(); packet++) {
      int number = flowOf[packet];
      if (flows[number] == null) {
        flows[number] = new TcpFlow(number, random);
      }
      boolean last = --left[number] == 0;
      trace.add(time(packet), flows[number].next(frame, spec.frameBytes(), last));
    }
    return trace.build();
  }

  /** A set of flows of which each ends after its bytes and makes room for a new one. */
  private static Trace datacenter(TraceSpec spec) {
    SplittableRandom random = new SplittableRandom(spec.seed());
    TcpFlow[] alive = new TcpFlow[spec.flows()];
    long[] bytesLeft = new long[spec.flows()];
    int started = 0;
    Trace.Builder trace = new Trace.Builder();
    FrameBuilder frame = new FrameBuilder();
    for (int packet = 0; packet < spec.packets(); packet++) {
      int place = random.nextInt(alive.length);
      if (alive[place] == null || bytesLeft[place] <= 0) {
        alive[place] = new TcpFlow(started++, random);
        bytesLeft[place] = TraceKind.webSearchBytes(random);
      }
      bytesLeft[place] -= spec.frameBytes();
      trace.add(time(packet), alive[place].next(frame, spec.frameBytes(), bytesLeft[place] <= 0));
    }
    return trace.build();
  }

  private static Trace connections(TraceSpec spec) {
    ConnectionTraffic traffic =
        new ConnectionTraffic(new SplittableRandom(spec.seed()), spec.flows(), spec.frameBytes());
    Trace.Builder trace = new Trace.Builder();
    long now = START_NS;
    for (int packet = 0; packet < spec.packets(); packet++) {
      trace.add(now, traffic.next());
      now += traffic.silenceNs();
    }
    return trace.build();
  }

  private static Trace mixed(TraceSpec spec) {
    MixedTraffic traffic = new MixedTraffic(new SplittableRandom(spec.seed()), spec.flows());
    Trace.Builder trace = new Trace.Builder();
    for (int packet = 0; packet < spec.packets(); packet++) {
      trace.add(time(packet), traffic.next());
    }
    return trace.build();
  }

  private static double[] equal(int flows) {
    double[] weights = new double[flows];
    Arrays.fill(weights, 1);
    return weights;
  }

  private static double[] harmonic(int flows) {
    double[] weights = new double[flows];
    Arrays.setAll(weights, n -> 1.0 / (n + 1));
    return weights;
  }

  private static long time(int packet) {
    return START_NS + packet * INTERVAL_NS;
  }
}
