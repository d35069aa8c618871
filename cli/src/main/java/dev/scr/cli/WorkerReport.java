package dev.scr.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.scr.hosts.live.Forwarding;
import dev.scr.hosts.live.LiveCounts;
import dev.scr.hosts.program.Verdict;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code scr worker} says of its run: the document of {@code --json}, and the text. */
record WorkerReport(
    String program,
    @JsonProperty("interface") String interfaceName,
    String io,
    String engine,
    @Nullable Integer id,
    double seconds,
    long frames,
    long handled,
    Map<String, Long> verdicts,
    int applied,
    int epoch,
    long fastForwarded,
    long missed,
    long late,
    long restarted,
    long refused,
    long others,
    long elsewhere,
    long tooLong,
    long dropped,
    long delivered,
    long transmitted,
    long unsent,
    int stateEntries,
    @Nullable String ended) {
  /** What the worker was told. */
  record Setting(
      String program, String interfaceName, String io, String engine, @Nullable Integer id) {}

  /**
   * The report of a worker that has ended.
   *
   * @param sent what became of its packets
   * @param dropped frames that found no room between the kernel and the worker
   * @param ended why it had to end, if not as wanted
   */
  static WorkerReport of(
      Setting setting,
      LiveCounts counts,
      Forwarding.Counts sent,
      long dropped,
      int stateEntries,
      double seconds,
      @Nullable String ended) {
    return new WorkerReport(
        setting.program(),
        setting.interfaceName(),
        setting.io(),
        setting.engine(),
        setting.id(),
        seconds,
        counts.frames(),
        counts.handled(),
        byName(counts.verdicts()),
        counts.progress().applied(),
        counts.progress().epoch(),
        counts.progress().fastForwarded(),
        counts.progress().missed(),
        counts.progress().late(),
        counts.progress().restarted(),
        counts.progress().refused(),
        counts.others(),
        counts.elsewhere(),
        counts.tooLong(),
        dropped,
        sent.delivered(),
        sent.transmitted(),
        sent.unsent(),
        stateEntries,
        ended);
  }

  /** As text; {@code ways} are the options that send packets on, empty without any. */
  void print(PrintWriter text, LiveCounts counts, String ways) {
    text.printf("verdicts   %s%n", verdicts);
    if (!ways.isEmpty()) {
      text.printf(
          "sent on    %s (%s)%n",
          line(new Forwarding.Counts(delivered, transmitted, unsent)), ways);
    }
    text.printf("replica    %s%n", line(counts, null));
    text.printf(
        "state      %d entries after packet %d%n", stateEntries, Integer.toUnsignedLong(applied));
    if (missed > 0 || dropped > 0) {
      text.printf(
          "missed     %d packets, %d frames found no room here: the state differs from the sequential program's%n",
          missed, dropped);
    }
  }

  /** The three that programs give, and whatever else came. */
  private static Map<String, Long> byName(long[] verdicts) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Verdict verdict : List.of(Verdict.PASS, Verdict.DROP, Verdict.TX)) {
      counts.put(Options.lower(verdict), verdicts[verdict.number()]);
    }
    for (Verdict verdict : List.of(Verdict.REDIRECT, Verdict.ABORTED)) {
      if (verdicts[verdict.number()] > 0) {
        counts.put(Options.lower(verdict), verdicts[verdict.number()]);
      }
    }
    return counts;
  }

  /** Packets sent on, as a part of a line. */
  static String line(Forwarding.Counts sent) {
    return "%d delivered, %d transmitted, %d unsent"
        .formatted(sent.delivered(), sent.transmitted(), sent.unsent());
  }

  /** One line of counters. */
  static String line(LiveCounts counts, @Nullable LiveCounts before) {
    return "%d packets%s, %d fast-forwarded, %d missed, %d late, %d of a restarted sequencer; frames: %d refused, %d too long, %d of other workers, %d not from a sequencer"
        .formatted(
            counts.handled(),
            before == null ? "" : " (+%d)".formatted(counts.handled() - before.handled()),
            counts.progress().fastForwarded(),
            counts.progress().missed(),
            counts.progress().late(),
            counts.progress().restarted(),
            counts.progress().refused(),
            counts.tooLong(),
            counts.elsewhere(),
            counts.others());
  }
}
