package dev.scr.k2.proof;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.k2.proof.Verdict.Different;
import dev.scr.k2.proof.Verdict.Equivalent;
import dev.scr.k2.proof.Verdict.Unknown;

/** What a checker has to say. */
final class Verdicts {
  private Verdicts() {}

  static void assertEquivalent(Verdict verdict) {
    assertInstanceOf(Equivalent.class, verdict, verdict.toString());
  }

  /** Different, and runs have shown it. */
  static void assertRefuted(Verdict verdict) {
    Different different = assertInstanceOf(Different.class, verdict, verdict.toString());
    assertTrue(different.input().confirmed(), verdict.toString());
  }

  /** Anything but equivalent. */
  static void assertRefused(Verdict verdict) {
    assertFalse(verdict instanceof Equivalent, verdict.toString());
  }

  static void assertUnknown(Verdict verdict) {
    assertInstanceOf(Unknown.class, verdict, verdict.toString());
  }
}
