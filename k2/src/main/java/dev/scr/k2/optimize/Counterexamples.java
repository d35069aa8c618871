package dev.scr.k2.optimize;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.proof.Counterexample;
import dev.scr.k2.validate.Difference;
import dev.scr.k2.validate.MapEntries;
import dev.scr.k2.validate.Sample;
import java.util.HexFormat;
import java.util.List;

/** A proof's counterexample in the form of runs. */
final class Counterexamples {
  private Counterexamples() {}

  static Difference difference(ProgramSpec program, Counterexample input) {
    HexFormat hex = HexFormat.of();
    List<MapEntries.Entry> entries =
        input.entries().stream()
            .map(entry ->
                new MapEntries.Entry(
                    program.maps().get(entry.map()),
                    new MapEntry(hex.parseHex(entry.key()), hex.parseHex(entry.value()))))
            .toList();
    return new Difference(
        input.confirmed() ? "proof, seen in the interpreter" : "proof, not seen in a run",
        "",
        new MapEntries(entries),
        List.of(Sample.of(input.packetBytes())));
  }
}
