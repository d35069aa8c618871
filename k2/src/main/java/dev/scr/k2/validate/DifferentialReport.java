package dev.scr.k2.validate;

import java.util.List;
import java.util.Optional;

/**
 * What came of running two programs side by side.
 *
 * @param seed that repeats it
 * @param places each with how many inputs ran there
 * @param difference the first, if there is one
 */
public record DifferentialReport(long seed, List<Place> places, Optional<Difference> difference) {
  /**
   * A place.
   *
   * @param name interpreter or kernel
   * @param inputs that ran to their end in both programs
   * @param skipped inputs that the original does not survive, or the place does not take
   * @param reason why the programs cannot run there; empty if they can
   */
  public record Place(String name, int inputs, int skipped, String reason) {}

  /** Copies the list. */
  public DifferentialReport {
    places = List.copyOf(places);
  }

  /** Inputs that ran, over all places. */
  public int inputs() {
    return places.stream().mapToInt(Place::inputs).sum();
  }

  /** Whether no place could run the programs. */
  public boolean ranNowhere() {
    return inputs() == 0;
  }

  /** Why the programs did not run where they did not. */
  public String reasons() {
    return String.join(
        "; ",
        places.stream()
            .filter(place -> !place.reason().isEmpty())
            .map(place -> place.name() + ": " + place.reason())
            .toList());
  }
}
