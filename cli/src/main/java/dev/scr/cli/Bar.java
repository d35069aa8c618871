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

  private Bar(@Nullable ProgressBar bar) {
    this.bar = bar;
  }

  /** A bar that is full after a number of steps. */
  static Bar over(String what, int steps, Output output) {
    boolean shown = !output.isJson() && Boolean.getBoolean("scr.terminal");
    return new Bar(
        shown
            ? new ProgressBarBuilder()
                .setTaskName(what)
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.ASCII)
                .clearDisplayOnFinish()
                .build()
            : null);
  }

  @Override
  public void accept(int step) {
    if (bar != null && step % STEP == 0) {
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
