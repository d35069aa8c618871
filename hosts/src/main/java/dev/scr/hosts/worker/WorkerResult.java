package dev.scr.hosts.worker;

import dev.scr.ebpf.map.MapEntry;
import java.util.List;

/**
 * What a worker leaves behind.
 *
 * @param worker its number
 * @param progress where its replica stands
 * @param log what it did, frame by frame
 * @param state its replica's state, sorted by key
 */
public record WorkerResult(int worker, Progress progress, WorkerLog log, List<MapEntry> state) {
  public WorkerResult {
    state = List.copyOf(state);
  }
}
