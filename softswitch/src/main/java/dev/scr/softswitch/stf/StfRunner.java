package dev.scr.softswitch.stf;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Runs a test: everything in order, then compares the frames of each port with what was expected
 * there, one by one. A port that the test mentions must send exactly what is expected; others may
 * send anything.
 */
public final class StfRunner {

  private final String file;
  private final StfTarget target;
  private final List<String> failures = new ArrayList<>();
  private final Map<Integer, List<byte[]>> received = new TreeMap<>();
  private final Map<Integer, List<StfCommand.ExpectPacket>> expected = new TreeMap<>();

  private StfRunner(String file, StfTarget target) {
    this.file = file;
    this.target = target;
  }

  /**
   * Runs a test.
   *
   * @param file what to call it in messages
   * @return what was not as expected, one message each; empty if the test passed
   */
  public static List<String> run(String file, List<StfCommand> commands, StfTarget target) {
    StfRunner runner = new StfRunner(file, target);
    for (StfCommand command : commands) {
      runner.run(command);
    }
    runner.compare();
    return runner.failures;
  }

  private void run(StfCommand command) {
    try {
      switch (command) {
        case StfCommand.SendPacket packet -> {
          expected.computeIfAbsent(packet.port(), _ -> new ArrayList<>());
          for (StfTarget.Frame frame : target.send(packet.port(), packet.bytes())) {
            received.computeIfAbsent(frame.port(), _ -> new ArrayList<>()).add(frame.bytes());
          }
        }
        case StfCommand.ExpectPacket expectation ->
            expected.computeIfAbsent(expectation.port(), _ -> new ArrayList<>()).add(expectation);
        case StfCommand.CheckCounter check -> check(check);
        case StfCommand.Ignored _ -> {}
        case StfCommand.AddEntry _, StfCommand.SetDefault _, StfCommand.SwitchCommand _ ->
            target.configure(command);
      }
    } catch (IllegalArgumentException e) {
      fail(command.line(), String.valueOf(e.getMessage()));
    }
  }

  private void fail(int line, String problem) {
    failures.add(file + ":" + line + ": " + problem);
  }

  private void check(StfCommand.CheckCounter check) {
    long found = target.counter(check);
    int order = Long.compare(found, check.value());
    boolean holds =
        switch (check.relation()) {
          case "==" -> order == 0;
          case "!=" -> order != 0;
          case "<=" -> order <= 0;
          case ">=" -> order >= 0;
          case "<" -> order < 0;
          default -> order > 0;
        };
    if (!holds) {
      fail(
          check.line(),
          "counter "
              + check.counter()
              + "("
              + check.index()
              + "): expected "
              + (check.bytes() ? "bytes " : "packets ")
              + check.relation()
              + " "
              + check.value()
              + ", found "
              + found);
    }
  }

  private void compare() {
    expected.forEach((port, expectations) -> {
      List<byte[]> frames = received.getOrDefault(port, List.of());
      if (expectations.stream().anyMatch(one -> one.pattern().isEmpty())) {
        return;
      }
      for (int i = 0; i < expectations.size(); i++) {
        compare(expectations.get(i), i < frames.size() ? frames.get(i) : null);
      }
      for (int i = expectations.size(); i < frames.size(); i++) {
        failures.add(
            file
                + ": port "
                + port
                + ": unexpected packet "
                + HexFormat.of().formatHex(frames.get(i)));
      }
    });
  }

  private void compare(StfCommand.ExpectPacket expectation, byte @Nullable [] frame) {
    PacketPattern pattern = expectation.pattern().orElseThrow();
    if (frame == null || !pattern.matches(frame)) {
      fail(
          expectation.line(),
          "port "
              + expectation.port()
              + ": expected "
              + pattern
              + ", found "
              + (frame == null ? "no packet" : HexFormat.of().formatHex(frame)));
    }
  }
}
