package dev.scr.hosts.bench;

import dev.scr.hosts.strategy.Strategy;
import dev.scr.pipeline.PacketProgram;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a benchmark of throughput has found. Times are nanoseconds of processor time, medians over
 * rounds.
 */
public record ThroughputFindings(
    Conditions conditions,
    List<Point> points,
    List<Model> models,
    List<Prediction> predictions,
    List<Interference> interferences,
    List<String> remarks) {
  public ThroughputFindings {
    points = List.copyOf(points);
    models = List.copyOf(models);
    predictions = List.copyOf(predictions);
    interferences = List.copyOf(interferences);
    remarks = List.copyOf(remarks);
  }

  /**
   * What it was measured on.
   *
   * @param cpus processors of the workers, in their order
   * @param physicalCores how many cores they are, as far as two of them were seen to slow each
   *     other
   * @param samples that were taken
   * @param disturbed how many of them were taken while something else, here or on the same host,
   *     had a part of a worker's core; those count only where there are not enough others
   */
  public record Conditions(List<Integer> cpus, int physicalCores, int samples, int disturbed) {
    public Conditions {
      cpus = List.copyOf(cpus);
    }
  }

  /** What is measured together. */
  public record Setting(PacketProgram program, String trace, String dispatch) {}

  /**
   * A number of workers under a strategy.
   *
   * @param measured whether all workers ran at once; else one ran alone and the rest is arithmetic
   * @param lossFreePerSecond highest rate at which no packet was lost, all workers together; null
   *     where it was not searched
   * @param saturatedPerSecond as many as they can, in proportion to what each receives
   * @param wallPerSecond the same by the clock on the wall, which others on the machine slow down
   * @param nsPerPacket of a worker, the mean over packets
   * @param coreShare how much of a core each worker had, 0 to 1: less than 1 where workers share
   *     physical cores; null where not all ran
   * @param loss share of packets lost at the loss-free rate
   */
  public record Point(
      Setting setting,
      Strategy strategy,
      int workers,
      boolean measured,
      @Nullable Double lossFreePerSecond,
      double saturatedPerSecond,
      @Nullable Double wallPerSecond,
      double nsPerPacket,
      @Nullable Double coreShare,
      @Nullable Double p50Ns,
      @Nullable Double p99Ns,
      @Nullable Double p999Ns,
      @Nullable Double loss) {
    /** The rate to compare by: the loss-free one where there is one. */
    public double packetsPerSecond() {
      return lossFreePerSecond == null ? saturatedPerSecond : lossFreePerSecond;
    }

    /** History items that each packet carries. */
    public int depth() {
      return strategy == Strategy.SCR ? workers - 1 : 0;
    }
  }

  /**
   * Cost of a packet at a depth: {@code t + depth · c2}, where {@code t = d + c1}; fitted on
   * another trace than the one that is predicted, by one worker alone.
   *
   * @param dNs of a program that does nothing
   */
  public record Model(
      Setting setting, double tNs, double c1Ns, double c2Ns, double dNs, double r2) {
    /** Packets per second of so many workers. */
    public double predicted(int workers) {
      return workers * 1e9 / (tNs + (workers - 1) * c2Ns);
    }
  }

  /**
   * SCR, predicted and found.
   *
   * @param speedup over one SCR worker
   * @param coreShare of the point
   */
  public record Prediction(
      Setting setting,
      int workers,
      boolean measured,
      double predictedPerSecond,
      double foundPerSecond,
      double speedup,
      @Nullable Double coreShare) {
    /** Found over predicted. */
    public double ratio() {
      return foundPerSecond / predictedPerSecond;
    }

    /** Speed-up over the number of workers: 1 is linear. */
    public double efficiency() {
      return speedup / workers;
    }
  }

  /**
   * What one SCR worker costs another: the same lane alone, and with a second worker beside it.
   *
   * @param factor together over alone
   */
  public record Interference(Setting setting, double aloneNs, double togetherNs, double factor) {}
}
