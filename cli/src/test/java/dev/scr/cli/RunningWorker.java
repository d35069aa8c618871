package dev.scr.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A {@code scr worker} that runs, on a thread that is in a wire's namespace. */
record RunningWorker(StringWriter out, StringWriter err, CompletableFuture<Integer> exit) {
  private static final int PATIENCE_SECONDS = 600;

  static RunningWorker start(VethWire wire, Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    var _ =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                exit.complete(
                    wire.inside(() ->
                        Main.commandLine()
                            .setOut(new PrintWriter(out))
                            .setErr(new PrintWriter(err))
                            .execute(
                                Stream.concat(Stream.of("worker"), Arrays.stream(arguments))
                                    .map(String::valueOf)
                                    .toArray(String[]::new))));
              } catch (Exception e) {
                exit.completeExceptionally(e);
              }
            });
    return new RunningWorker(out, err, exit);
  }

  /** Waits until frames can come. */
  void awaitListening() throws InterruptedException {
    for (int i = 0; i < PATIENCE_SECONDS * 100 && !exit.isDone(); i++) {
      if (out.toString().contains("listening on")) {
        return;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("does not listen: " + out + err);
  }

  /** Waits for the end; answers the exit code. */
  int await() throws Exception {
    return exit.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
