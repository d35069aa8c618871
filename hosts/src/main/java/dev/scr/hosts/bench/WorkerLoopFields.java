package dev.scr.hosts.bench;

import org.jspecify.annotations.Nullable;

/** What a worker changes, most of it for each packet: two cache lines from everything else. */
abstract class WorkerLoopFields extends WorkerLoopPadding {
  int position;
  int sequence;
  long nowNs;
  long returned;
  int busySteps;
  @Nullable VethLoop io;
}
