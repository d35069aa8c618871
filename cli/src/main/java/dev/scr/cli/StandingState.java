package dev.scr.cli;

import dev.scr.controlplane.sequencer.DesiredState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What a state file says, followed while it changes. A file that cannot be read, or says what
 * cannot be, is reported once and changes nothing: what it said before goes on. Owned by one
 * thread.
 */
final class StandingState implements Supplier<DesiredState> {
  private static final long LOOK_NS = 300_000_000;

  private final Path file;
  private final boolean force;
  private final Consumer<String> problems;
  private DesiredState state;
  private byte[] seen;
  private String reported = "";
  private long lookedNs = System.nanoTime();

  private StandingState(
      Path file, boolean force, Consumer<String> problems, DesiredState state, byte[] seen) {
    this.file = file;
    this.force = force;
    this.problems = problems;
    this.state = state;
    this.seen = seen;
  }

  /**
   * Reads the file for the first time.
   *
   * @param problems is told what is wrong with it later
   * @throws CommandFailure if it is wrong now
   */
  static StandingState of(Path file, boolean force, Consumer<String> problems) throws IOException {
    byte[] bytes = SourceTree.bytes(file);
    DesiredState state = StateFile.of(SourceTree.parse(file, bytes), force);
    return new StandingState(file, force, problems, state, bytes);
  }

  @Override
  public DesiredState get() {
    if (System.nanoTime() - lookedNs >= LOOK_NS) {
      lookedNs = System.nanoTime();
      look();
    }
    return state;
  }

  private void look() {
    try {
      byte[] bytes = SourceTree.bytes(file);
      if (!Arrays.equals(bytes, seen)) {
        seen = bytes;
        state = StateFile.of(SourceTree.parse(file, bytes), force);
      }
      reported = "";
    } catch (CommandFailure e) {
      report(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      report(file + ": expected a readable file; found " + (Files.exists(file) ? e : "none"));
    }
  }

  private void report(String problem) {
    if (!problem.equals(reported)) {
      reported = problem;
      problems.accept(problem + "; what it said before goes on");
    }
  }
}
