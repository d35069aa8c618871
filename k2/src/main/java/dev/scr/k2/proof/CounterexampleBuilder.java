package dev.scr.k2.proof;

import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.proof.Counterexample.Entry;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An assignment of unknowns as an input: packet, maps, clock. */
final class CounterexampleBuilder {
  private static final int MAX_PACKET = 9000;

  private final Universe universe;
  private final Evaluation model;

  CounterexampleBuilder(Universe universe, Evaluation model) {
    this.universe = universe;
    this.model = model;
  }

  Counterexample build() {
    byte[] packet = packet();
    return new Counterexample(
        HexFormat.of().formatHex(packet),
        contextWord(universe.type == ProgramType.XDP ? 12 : 40),
        universe.type == ProgramType.XDP ? contextWord(16) : 0,
        entries(),
        times(),
        (int) number("get_smp_processor_id", 32),
        universe.options.seed(),
        false);
  }

  private long number(String symbol, int width) {
    return model.value(universe.terms.symbol(symbol, width));
  }

  private byte[] packet() {
    long length = number("length", 32);
    byte[] packet = new byte[(int) Math.min(length, MAX_PACKET)];
    for (Term term : universe.terms.applications("mem:" + Universe.PACKET + "#")) {
      long offset = model.value(term.arg(0));
      if (offset >= 0 && offset < packet.length) {
        packet[(int) offset] = (byte) model.value(term);
      }
    }
    if (packet.length >= 14 && universe.type != ProgramType.XDP) {
      // The context's protocol is that of the frame; here the frame follows the context.
      int protocol = contextWord(16);
      if (protocol != 0) {
        packet[12] = (byte) protocol;
        packet[13] = (byte) (protocol >> 8);
      }
    }
    return packet;
  }

  private int contextWord(int offset) {
    int word = 0;
    for (Term term : universe.terms.applications("mem:" + Universe.CONTEXT + "#")) {
      long at = model.value(term.arg(0)) - offset;
      if (at >= 0 && at < 4) {
        word |= (int) model.value(term) << (8 * at);
      }
    }
    return word;
  }

  private List<Long> times() {
    List<Long> times = new ArrayList<>();
    for (int call = 1; call <= 4; call++) {
      times.add(number("ktime_get_ns#" + call, 64));
    }
    return times;
  }

  private List<Entry> entries() {
    Map<String, Entry> entries = new TreeMap<>();
    for (int map = 0; map < universe.maps.size(); map++) {
      for (Term value : universe.terms.applications(Addresses.PREFIX)) {
        boolean here =
            value.name.equals(Addresses.PREFIX + "value:" + map)
                || value.name.equals(Addresses.PREFIX + "shared:" + map);
        if (here && model.holds(universe.found(map, "", value.arguments()))) {
          Entry entry = new Entry(map, hex(universe.spec(map), value), bytes(map, value));
          entries.put(entry.map() + " " + entry.key(), entry);
        }
      }
    }
    return List.copyOf(entries.values());
  }

  private String hex(MapSpec spec, Term value) {
    byte[] key = new byte[spec.keySize()];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (model.value(value.arg(i / 8)) >>> (8 * (i % 8)));
    }
    return HexFormat.of().formatHex(key);
  }

  private String bytes(int map, Term value) {
    byte[] bytes = new byte[universe.spec(map).valueSize()];
    long address = model.value(value);
    for (Term term : universe.terms.applications("mem:" + Universe.mapSpace(map) + "#")) {
      long offset = model.value(term.arg(1));
      if (term.name.endsWith("#")
          && model.value(term.arg(0)) == address
          && offset >= 0
          && offset < bytes.length) {
        bytes[(int) offset] = (byte) model.value(term);
      }
    }
    return HexFormat.of().formatHex(bytes);
  }
}
