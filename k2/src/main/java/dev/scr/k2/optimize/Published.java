package dev.scr.k2.optimize;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What others have published for the 19 programs of Table 1 in "Synthesizing Safe and Efficient
 * Kernel Extensions for Packet Processing" (SIGCOMM 2021): slots. Those of Merlin (ASPLOS 2024) are
 * read off its Figure 10e and rest on a newer compiler; rows 18 and 19 are approximate.
 *
 * @param row in the table
 * @param file that K2's authors publish, without its suffix
 * @param clang slots of {@code clang -O2}, version 9
 * @param k2 slots of K2's result
 * @param merlin slots of Merlin's result
 */
public record Published(int row, String file, int clang, int k2, int merlin) {
  private static final String TABLE = "published.csv";

  /** The rows in their order. */
  public static List<Published> rows() {
    try (InputStream in = Published.class.getResourceAsStream(TABLE)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + TABLE + " is not in the jar");
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      return lines.lines().skip(1).map(Published::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Published parse(String line) {
    String[] cells = line.split(",", -1);
    return new Published(
        Integer.parseInt(cells[0]),
        cells[1],
        Integer.parseInt(cells[2]),
        Integer.parseInt(cells[3]),
        Integer.parseInt(cells[4]));
  }

  /** The fewest slots that anyone has published. */
  public int best() {
    return Math.min(k2, merlin);
  }

  /** The row of a program, if it is one of them: the name and the length have to agree. */
  public static Optional<Published> of(String name, int slots) {
    return rows().stream()
        .filter(row -> row.file().equals(name) && row.clang() == slots)
        .findFirst();
  }
}
