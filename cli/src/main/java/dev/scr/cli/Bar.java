package dev.scr.cli;

import java.util.function.IntConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar on the terminal; nothing where stderr is not one, as the launcher has found out.
 */
final class Bar implements IntConsumer, AutoCloseable {
  private static final int STEP = 1 << 8;

  private final @Nullable ProgressBar bar;
  private final int every;

  private Bar(@Nullable ProgressBar bar, int every) {
    this.bar = bar;
    this.every = every;
  }

  /** A bar that is full after a number of steps. */
  static Bar over(String what, int steps, Output output) {
    return bar(what, steps, output, STEP);
  }

  /** The same for few, long steps: it shows every one. */
  static Bar every(String what, int steps, Output output) {
    return bar(what, steps, output, 1);
  }

  private static Bar bar(String what, int steps, Output output, int every) {
    boolean shown = !output.isJson() && Boolean.getBoolean("scr.terminal");
    return new Bar(
        shown
            ? new ProgressBarBuilder()
                .setTaskName(what)
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.ASCII)
                .clearDisplayOnFinish()
                .build()
            : null,
        every);
  }

  @Override
  public void accept(int step) {
    if (bar != null && step % every == 0) {
      bar.stepTo(step);
    }
  }

  /** Shows a step, whatever it is, with a word about what is done now. */
  void show(String what, int step) {
    if (bar != null) {
      bar.setExtraMessage(what);
      bar.stepTo(step);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
