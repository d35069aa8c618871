package dev.scr.softswitch.naming;

import dev.scr.softswitch.program.Program;
import dev.scr.softswitch.state.ActionProfile;
import dev.scr.softswitch.state.CounterArray;
import dev.scr.softswitch.state.MeterArray;
import dev.scr.softswitch.state.PipelineState;
import dev.scr.softswitch.state.RegisterArray;
import dev.scr.softswitch.state.ValueSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p4.config.v1.MatchField;
import org.p4.config.v1.P4Info;

/**
 * A P4Info joined with a program: what each id stands for. Immutable; a program that was loaded
 * without a P4Info has no ids.
 */
public record PipelineNames(
    P4Info info,
    Map<Integer, TableName> tables,
    Map<Integer, ActionName> actions,
    Map<Integer, ProfileName> profiles,
    Map<Integer, CounterArray> counters,
    Map<Integer, Integer> directCounterTables,
    Map<Integer, MeterArray> meters,
    Map<Integer, Integer> directMeterTables,
    Map<Integer, RegisterArray> registers,
    Map<Integer, ValueSetName> valueSets,
    Map<Integer, Program.LearnList> digests,
    Optional<PacketHeader> packetIn,
    Optional<PacketHeader> packetOut) {

  /** No ids: there is no pipeline. */
  public static PipelineNames none() {
    return new PipelineNames(
        P4Info.getDefaultInstance(),
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * A table.
   *
   * @param fields in the order of the table's key
   * @param actions number in the program by action id, for the actions that the table may run
   */
  public record TableName(
      int id,
      String name,
      PipelineState.Table state,
      List<FieldName> fields,
      Map<Integer, TableAction> actions,
      int profileId,
      int directCounterId,
      int directMeterId) {}

  /** An action of a table; scopes say where it may be used. */
  public record TableAction(int number, boolean inEntries, boolean asDefault) {}

  /** A key field of a table; {@code bits} is what the program has. */
  public record FieldName(int id, String name, int bits, MatchField.MatchType matchType) {}

  /** An action with the widths of its parameters in the program, by parameter id and in order. */
  public record ActionName(int id, String name, List<ParamName> params) {}

  /** A parameter of an action. */
  public record ParamName(int id, String name, int bits) {}

  /** An action profile and the tables that use it. */
  public record ProfileName(
      int id, String name, ActionProfile profile, List<Integer> tableIds, int maxGroupSize) {}

  /** A parser value set with the fields of its members, in order. */
  public record ValueSetName(int id, String name, ValueSet set, List<FieldName> fields, int size) {}

  /** The header in front of a packet from or to the control plane. */
  public record PacketHeader(List<FieldName> fields) {

    /** Its size on the wire. */
    public int bytes() {
      return fields.stream().mapToInt(FieldName::bits).sum() / 8;
    }
  }
}
