package dev.scr.ebpf.machine;

/**
 * Two cache lines in front of what a program's thread writes with every packet: after a garbage
 * collection, what belongs to another thread may stand there.
 */
abstract class EnvironmentPadding {
  /** Fills the gap behind the object's header, where else a field of a subclass would lie. */
  int p;

  long p00;
  long p01;
  long p02;
  long p03;
  long p04;
  long p05;
  long p06;
  long p07;
  long p08;
  long p09;
  long p10;
  long p11;
  long p12;
  long p13;
  long p14;
  long p15;
}
