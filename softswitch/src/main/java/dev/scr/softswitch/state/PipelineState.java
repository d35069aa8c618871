package dev.scr.softswitch.state;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All state of a loaded program, by P4 name. The maps do not change after loading. */
public record PipelineState(
    Map<String, Table> tables,
    Map<String, ActionProfile> profiles,
    Map<String, RegisterArray> registers,
    Map<String, CounterArray> counters,
    Map<String, MeterArray> meters,
    Map<String, ValueSet> valueSets) {

  /**
   * A table with what belongs to it.
   *
   * @param actions numbers of the actions that its entries may run
   * @param profile its action profile, if it has one
   * @param withCounters whether its entries count
   * @param directMeter its direct meters, if it has some
   * @param supportTimeout whether its entries may have an idle timeout
   */
  public record Table(
      MatchTable table,
      List<Integer> actions,
      Optional<ActionProfile> profile,
      boolean withCounters,
      Optional<MeterArray> directMeter,
      boolean supportTimeout) {}

  /** No state yet; the loader fills the maps. */
  public static PipelineState empty() {
    return new PipelineState(
        new LinkedHashMap<>(),
        new LinkedHashMap<>(),
        new LinkedHashMap<>(),
        new LinkedHashMap<>(),
        new LinkedHashMap<>(),
        new LinkedHashMap<>());
  }
}
