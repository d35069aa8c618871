package dev.scr.hosts.worker;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.recovery.RecoveryCounts;
import java.util.List;

/**
 * What a worker leaves behind.
 *
 * @param worker its number
 * @param progress where its replica stands
 * @param log what it did, frame by frame
 * @param state its replica's state, sorted by key
 * @param recovery what recovery did for it
 */
public record WorkerResult(
    int worker, Progress progress, WorkerLog log, List<MapEntry> state, RecoveryCounts recovery) {
  public WorkerResult {
    state = List.copyOf(state);
  }

  /** Of a worker that does not recover losses. */
  public WorkerResult(int worker, Progress progress, WorkerLog log, List<MapEntry> state) {
    this(worker, progress, log, state, RecoveryCounts.NONE);
  }
}
