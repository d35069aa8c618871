package dev.scr.cli;

import dev.scr.controlplane.sequencer.Change;
import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.controlplane.sequencer.Plan;
import dev.scr.controlplane.sequencer.PresentState;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a switch is beside what it is to be, line by line.
 *
 * @param rows everything that a state says, different or not
 * @param left workers whose ports stay for now although nobody needs them
 * @param hitless whether the sequencer goes on with its history and its numbers
 */
record StateReport(List<Row> rows, List<Integer> left, boolean hitless) {

  /**
   * One thing.
   *
   * @param what its name, as in a state file
   * @param worker which worker it is about, if it is about one
   * @param before what it is; null if it is not there
   * @param after what it becomes; null if it goes
   */
  record Row(
      String what, @Nullable Integer worker, @Nullable Object before, @Nullable Object after) {
    boolean differs() {
      return !Objects.equals(before, after);
    }
  }

  private record Setting(String name, ToIntFunction<SequencerSettings> value) {}

  private static final List<Setting> SETTINGS =
      List.of(
          new Setting("workers", SequencerSettings::workers),
          new Setting("depth", SequencerSettings::depth),
          new Setting("max_frame_bytes", SequencerSettings::maxFrameBytes),
          new Setting("pass_port", SequencerSettings::passPort));

  /** Compares; the plan says how it comes from one to the other. */
  static StateReport of(PresentState now, DesiredState wanted, Plan plan) {
    PresentState.Sequencer present =
        now instanceof PresentState.Sequencer sequencer ? sequencer : null;
    List<Row> rows = new ArrayList<>();
    rows.add(program(now, wanted, plan));
    for (Setting setting : SETTINGS) {
      Integer before =
          present == null || present.settings().epoch() == 0
              ? null
              : (Integer) setting.value().applyAsInt(present.settings());
      Integer after =
          wanted.settings().epoch() == 0
              ? null
              : (Integer) setting.value().applyAsInt(wanted.settings());
      if (before != null || after != null) {
        rows.add(new Row(setting.name(), null, before, after));
      }
    }
    List<Integer> left = plan.left().stream().map(WorkerPort::worker).toList();
    rows.addAll(ports(present == null ? List.of() : present.ports(), wanted.ports(), left));
    return new StateReport(rows, left, plan.hitless());
  }

  private static Row program(PresentState now, DesiredState wanted, Plan plan) {
    String before = now.programName().orElse(null);
    String after = wanted.program().programName();
    boolean rebuilt =
        after.equals(before)
            && !plan.isEmpty()
            && plan.changes().getFirst() instanceof Change.Pipeline;
    return new Row("program", null, rebuilt ? before + " (another build)" : before, after);
  }

  private static List<Row> ports(
      List<WorkerPort> before, List<WorkerPort> after, List<Integer> left) {
    Map<Integer, CtlPortsCommand.Port> now = byWorker(before);
    Map<Integer, CtlPortsCommand.Port> then = byWorker(after);
    TreeSet<Integer> workers = new TreeSet<>(now.keySet());
    workers.addAll(then.keySet());
    workers.removeAll(left);
    return workers.stream()
        .map(worker -> new Row("port", worker, now.get(worker), then.get(worker)))
        .toList();
  }

  private static Map<Integer, CtlPortsCommand.Port> byWorker(List<WorkerPort> ports) {
    Map<Integer, CtlPortsCommand.Port> map = new TreeMap<>();
    ports.forEach(port -> map.put(port.worker(), CtlPortsCommand.Port.of(port)));
    return map;
  }

  /** The rows in which something changes. */
  List<Row> differences() {
    return rows.stream().filter(Row::differs).toList();
  }

  /** As a diff: what goes, what comes, and in between how much stays. */
  void print(PrintWriter text) {
    long portsKept = rows.stream().filter(row -> row.worker() != null && !row.differs()).count();
    for (Row row : rows) {
      if (row.differs()) {
        line(text, "-", row, row.before());
        line(text, "+", row, row.after());
      } else if (row.worker() == null) {
        line(text, " ", row, row.after());
      }
    }
    if (portsKept > 0) {
      text.printf("  %-16s %d as they are%n", "ports", portsKept);
    }
    left.forEach(worker ->
        text.printf(
            "  %-16s worker %d: stays until the depth has changed; apply once more then%n",
            "port", worker));
    if (!hitless) {
      text.println("! another pipeline: the history is lost, and counters start at 0");
    }
  }

  private static void line(PrintWriter text, String sign, Row row, @Nullable Object value) {
    if (value != null) {
      text.printf("%s %-16s %s%n", sign, row.what(), said(value));
    }
  }

  private static Object said(Object value) {
    return value instanceof CtlPortsCommand.Port port
        ? "worker %d: port %d, to %s from %s"
            .formatted(port.worker(), port.port(), port.dstMac(), port.srcMac())
        : value;
  }
}
