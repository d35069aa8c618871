package dev.scr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the verifier wrote about a program, in full; empty when it wrote nothing. */
public record VerifierLog(String text) {
  private static final int LONGEST_DIGEST = 6;
  private static final Pattern INSTRUCTION = Pattern.compile("(\\d+): \\([0-9a-f]{2}\\) .*");
  private static final Pattern PROCESSED = Pattern.compile("(?m)^processed (\\d+) insns");
  private static final Pattern BOOKKEEPING =
      Pattern.compile(
          "processed \\d+ insns.*|verification time.*|stack depth.*|mark_precise.*|\\s*");

  /** The text in a buffer that the kernel filled, up to its NUL. */
  static VerifierLog of(MemorySegment buffer) {
    byte[] bytes = buffer.toArray(JAVA_BYTE);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new VerifierLog(new String(bytes, 0, end, StandardCharsets.UTF_8));
  }

  /**
   * The last useful lines: the instruction at which the verifier stopped and what it said about it,
   * without its bookkeeping.
   */
  public List<String> digest() {
    List<String> useful =
        text.lines().filter(line -> !BOOKKEEPING.matcher(line).matches()).toList();
    int from = useful.size();
    while (from > 0 && useful.size() - from < LONGEST_DIGEST) {
      from--;
      if (INSTRUCTION.matcher(useful.get(from)).matches()) {
        break;
      }
    }
    return useful.subList(from, useful.size());
  }

  /** The slot of the last instruction that the verifier looked at, where it says so. */
  public OptionalInt lastInstruction() {
    int last = -1;
    for (String line : digest()) {
      Matcher matcher = INSTRUCTION.matcher(line);
      if (matcher.matches()) {
        last = Integer.parseInt(matcher.group(1));
      }
    }
    return last < 0 ? OptionalInt.empty() : OptionalInt.of(last);
  }

  /** Steps that the verifier took, where it says so. */
  public OptionalLong processedInstructions() {
    Matcher matcher = PROCESSED.matcher(text);
    return matcher.find()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)))
        : OptionalLong.empty();
  }
}
