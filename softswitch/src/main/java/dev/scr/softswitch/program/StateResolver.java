package dev.scr.softswitch.program;

import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.PipelineJson;
import dev.scr.softswitch.json.UnsupportedPipeline;
import dev.scr.softswitch.packet.HeaderCodec;
import dev.scr.softswitch.state.ActionProfile;
import dev.scr.softswitch.state.CounterArray;
import dev.scr.softswitch.state.MeterArray;
import dev.scr.softswitch.state.PipelineState;
import dev.scr.softswitch.state.RegisterArray;
import dev.scr.softswitch.state.ValueSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes the arrays, sets and calculations of a program; tables come with their controls. */
final class StateResolver {

  // Together 512 MiB at most: a file cannot make the switch run out of memory.
  private static final long MOST_CELLS = 1L << 26;
  private static final int WIDEST_CELL = 1 << 16;

  private final PipelineJson json;
  private final Symbols symbols;
  private long cells;

  StateResolver(PipelineJson json, Symbols symbols) {
    this.json = json;
    this.symbols = symbols;
  }

  void fill(PipelineState state) {
    json.registerArrays().forEach(array -> addRegisters(state, array));
    json.counterArrays().forEach(array -> addCounters(state, array));
    json.meterArrays().forEach(array -> addMeters(state, array));
    for (PipelineJson.ValueSet set : json.valueSets()) {
      String where = where("parse_vsets", set.name());
      put(state.valueSets(), where, set.name(), new ValueSet(set.name(), set.bits()));
    }
    for (PipelineJson.Pipeline pipeline : json.pipelines()) {
      for (PipelineJson.ActionProfile profile : pipeline.actionProfiles()) {
        ActionProfile empty =
            new ActionProfile(
                profile.name(), Math.max(0, profile.maxSize()), profile.selector().isPresent());
        put(state.profiles(), where("action_profiles", profile.name()), profile.name(), empty);
      }
    }
  }

  private void addRegisters(PipelineState state, PipelineJson.RegisterArray array) {
    String where = where("register_arrays", array.name());
    if (array.bits() < 1 || array.bits() > WIDEST_CELL) {
      throw new UnsupportedPipeline(
          where, "expected a bitwidth from 1 to " + WIDEST_CELL + ", found " + array.bits());
    }
    reserve(where, (long) array.size() * ((array.bits() + 63) / 64));
    RegisterArray cells = new RegisterArray(array.name(), array.size(), array.bits());
    put(state.registers(), where, array.name(), cells);
  }

  private void addCounters(PipelineState state, PipelineJson.CounterArray array) {
    String where = where("counter_arrays", array.name());
    if (!array.direct()) {
      reserve(where, 2L * array.size());
      put(state.counters(), where, array.name(), new CounterArray(array.name(), array.size()));
    }
  }

  private void addMeters(PipelineState state, PipelineJson.MeterArray array) {
    String where = where("meter_arrays", array.name());
    if (array.rateCount() != 2) {
      throw new UnsupportedPipeline(
          where, "expected two-rate meters, found rate_count " + array.rateCount());
    }
    int size = array.direct() ? 0 : array.size();
    reserve(where, size);
    put(state.meters(), where, array.name(), new MeterArray(array.name(), array.bytes(), size));
  }

  private void reserve(String where, long more) {
    cells += more;
    if (cells > MOST_CELLS) {
      throw new UnsupportedPipeline(
          where, "the program's arrays need more than " + MOST_CELLS + " cells of 64 bits");
    }
  }

  Map<String, Calculation> calculations() {
    Map<String, Calculation> calculations = new HashMap<>();
    for (PipelineJson.Calculation calculation : json.calculations()) {
      String where = where("calculations", calculation.name());
      put(
          calculations,
          where,
          calculation.name(),
          calculation(where, calculation.name(), calculation.algorithm(), calculation.inputs()));
    }
    return calculations;
  }

  Calculation calculation(
      String where, String name, String algorithmName, List<PipelineJson.CalculationInput> inputs) {
    HashAlgorithm algorithm =
        HashAlgorithm.named(algorithmName)
            .orElseThrow(() ->
                new UnsupportedPipeline(
                    where, "unsupported hash algorithm \"" + algorithmName + "\""));
    List<Calculation.Input> resolved = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      resolved.add(input(where + ": input[" + i + "]", inputs.get(i)));
    }
    return new Calculation(name, algorithm, resolved);
  }

  private Calculation.Input input(String where, PipelineJson.CalculationInput input) {
    return switch (input) {
      case PipelineJson.CalculationInput.Field field -> {
        Symbols.FieldRef ref = symbols.field(where, field.field());
        yield new Calculation.Input.Field(
            ref.header(),
            ref.field()
                .orElseThrow(() -> new UnsupportedPipeline(where, "a hash over a validity bit")));
      }
      case PipelineJson.CalculationInput.Constant constant -> {
        if (constant.bits() > WIDEST_CELL) {
          throw new UnsupportedPipeline(where, "a constant of " + constant.bits() + " bits");
        }
        yield new Calculation.Input.Constant(constant.value(), constant.bits());
      }
      case PipelineJson.CalculationInput.Header header -> {
        int number = symbols.header(where, header.header());
        HeaderCodec codec = symbols.codec(symbols.type(number));
        yield new Calculation.Input.Header(number, codec);
      }
      case PipelineJson.CalculationInput.Payload _ -> new Calculation.Input.Payload();
    };
  }

  private String where(String section, String name) {
    return json.file() + ": " + section + " \"" + name + "\"";
  }

  private static <V> void put(Map<String, V> map, String where, String name, V value) {
    if (map.putIfAbsent(name, value) != null) {
      throw new MalformedPipeline(where, "more than one of that name");
    }
  }
}
