package dev.scr.hosts.run;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.worker.Replica;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.wire.FrameCheck;
import dev.scr.wire.HistoryView;
import dev.scr.wire.SequenceNumber;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A program over the output of a sequencer: each frame goes to the worker that it names. */
public final class SequencedReplay {
  private SequencedReplay() {}

  /**
   * Runs one replica per worker that the frames name, one after another on this thread.
   *
   * @return verdicts by frame; pass for what is not sequenced, none for frames that a worker
   *     refuses
   */
  public static Replay run(ProgramObject object, ReplicaEngine engine, Trace frames) {
    Map<Integer, Replica> replicas = new TreeMap<>();
    List<Optional<Verdict>> verdicts = new ArrayList<>(frames.size());
    HistoryView view = new HistoryView();
    try {
      for (int i = 0; i < frames.size(); i++) {
        byte[] frame = frames.bytes(i);
        FrameCheck check =
            view.wrap(frame, frame.length)
                .check(object.program().id(), object.program().slotBytes());
        verdicts.add(
            switch (check) {
              case ACCEPTED ->
                  handle(
                      replicas.computeIfAbsent(view.worker(), _ -> engine.replica(object)), frame);
              case TOO_SHORT, NOT_SCR -> Optional.of(Verdict.PASS);
              case WRONG_VERSION,
                  WRONG_PROGRAM,
                  WRONG_SLOT_BYTES,
                  BAD_RING,
                  UNKNOWN_FLAGS,
                  TRUNCATED ->
                  Optional.empty();
            });
      }
      return new Replay(verdicts, newestState(replicas));
    } finally {
      replicas.values().forEach(Replica::close);
    }
  }

  private static Optional<Verdict> handle(Replica replica, byte[] frame) {
    long before = replica.unhandled();
    int returned = replica.handle(frame, frame.length);
    return replica.unhandled() == before ? Optional.of(Verdict.of(returned)) : Optional.empty();
  }

  private static List<MapEntry> newestState(Map<Integer, Replica> replicas) {
    Comparator<Replica> byApplied =
        (a, b) ->
            SequenceNumber.isNewer(a.progress().applied(), b.progress().applied())
                ? 1
                : a.progress().applied() == b.progress().applied() ? 0 : -1;
    return replicas.values().stream().max(byApplied).map(Replica::state).orElse(List.of());
  }
}
