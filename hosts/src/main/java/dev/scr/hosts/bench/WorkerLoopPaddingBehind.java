package dev.scr.hosts.bench;

/** Keeps what stands behind in memory off the fields of {@link WorkerLoopFields}. */
abstract class WorkerLoopPaddingBehind extends WorkerLoopFields {
  long q00;
  long q01;
  long q02;
  long q03;
  long q04;
  long q05;
  long q06;
  long q07;
  long q08;
  long q09;
  long q10;
  long q11;
  long q12;
  long q13;
  long q14;
  long q15;
}
