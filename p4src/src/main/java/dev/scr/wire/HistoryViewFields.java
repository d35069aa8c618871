package dev.scr.wire;

/** What a view changes with every frame. */
abstract class HistoryViewFields extends HistoryViewPadding {
  byte[] frame = new byte[0];
  int length;
}
