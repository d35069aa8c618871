package dev.scr.p4runtime;

import java.util.List;
import org.p4.config.v1.CounterSpec;
import org.p4.config.v1.MatchField;

/**
 * What a P4 program offers to a controller under a name.
 *
 * @param <I> the type of its id
 */
public sealed interface P4Object<I extends P4Id> {

  /** Unique among its kind (fields and parameters: in their table or action). */
  I id();

  /** The name in full, as in {@code SequencerIngress.settings}. */
  String name();

  /** A shorter name that is as good; equal to {@link #name()} where there is none. */
  String alias();

  /**
   * A table.
   *
   * @param actions what its entries or its default may do
   * @param constDefault whether the program has fixed the default action
   * @param constEntries whether the program has fixed the entries
   * @param size how many entries it is meant for
   */
  record Table(
      P4Id.TableId id,
      String name,
      String alias,
      NameTable<P4Id.FieldId, Field> fields,
      List<P4Id.ActionId> actions,
      boolean constDefault,
      boolean constEntries,
      long size)
      implements P4Object<P4Id.TableId> {

    /** Whether entries need a priority: some key field is ternary, range or optional. */
    public boolean needsPriority() {
      return fields.all().stream()
          .anyMatch(field ->
              switch (field.matchType()) {
                case TERNARY, RANGE, OPTIONAL -> true;
                case EXACT, LPM, UNSPECIFIED, UNRECOGNIZED -> false;
              });
    }
  }

  /**
   * A field of a table's key.
   *
   * @param bitwidth bits, or 0 where the controller's value is a string
   * @param matchType UNSPECIFIED for a kind that only the architecture knows
   */
  record Field(P4Id.FieldId id, String name, int bitwidth, MatchField.MatchType matchType)
      implements P4Object<P4Id.FieldId> {
    @Override
    public String alias() {
      return name;
    }
  }

  /** An action with its parameters in order of declaration. */
  record Action(P4Id.ActionId id, String name, String alias, NameTable<P4Id.ParamId, Param> params)
      implements P4Object<P4Id.ActionId> {}

  /**
   * A parameter of an action.
   *
   * @param bitwidth bits, or 0 where the controller's value is a string
   */
  record Param(P4Id.ParamId id, String name, int bitwidth) implements P4Object<P4Id.ParamId> {
    @Override
    public String alias() {
      return name;
    }
  }

  /**
   * An indexed counter.
   *
   * @param size cells
   */
  record Counter(P4Id.CounterId id, String name, String alias, CounterSpec.Unit unit, long size)
      implements P4Object<P4Id.CounterId> {}

  /** A counter with one cell for each entry of a table. */
  record DirectCounter(
      P4Id.DirectCounterId id, String name, String alias, CounterSpec.Unit unit, P4Id.TableId table)
      implements P4Object<P4Id.DirectCounterId> {}

  /**
   * A register array.
   *
   * @param bitwidth bits of a cell, or 0 where a cell is not a plain bit string
   * @param size cells
   */
  record Register(P4Id.RegisterId id, String name, String alias, int bitwidth, int size)
      implements P4Object<P4Id.RegisterId> {}

  /**
   * {@code packet_in} or {@code packet_out}: what accompanies a packet from or to the controller.
   */
  record PacketHeader(
      P4Id.PacketHeaderId id,
      String name,
      String alias,
      NameTable<P4Id.MetadataId, Metadata> metadata)
      implements P4Object<P4Id.PacketHeaderId> {}

  /**
   * A field of a {@link PacketHeader}.
   *
   * @param bitwidth bits, or 0 where the controller's value is a string
   */
  record Metadata(P4Id.MetadataId id, String name, int bitwidth)
      implements P4Object<P4Id.MetadataId> {
    @Override
    public String alias() {
      return name;
    }
  }
}
