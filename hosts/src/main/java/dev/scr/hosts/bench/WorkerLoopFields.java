package dev.scr.hosts.bench;

/** What a worker changes for each packet: two cache lines from everything else on both sides. */
abstract class WorkerLoopFields extends WorkerLoopPadding {
  int position;
  int sequence;
  long nowNs;
  long returned;
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
