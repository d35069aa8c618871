package dev.scr.softswitch.state;

import com.google.protobuf.ByteString;
import java.util.Collections;
import java.util.List;

/** What a matching table entry leads to. */
public sealed interface EntryTarget {

  /** An action, for a table without an action profile. */
  record Direct(ActionCall call) implements EntryTarget {}

  /** A member of the table's action profile. */
  record Member(int memberId) implements EntryTarget {}

  /** A group of the table's action profile. */
  record Group(int groupId) implements EntryTarget {}

  /** Actions of which the table's selector picks one; each counts as often as its weight says. */
  record OneShot(List<WeightedCall> calls, List<ActionCall> choices) implements EntryTarget {
    /** Those actions with their weights. */
    public OneShot(List<WeightedCall> calls) {
      this(
          List.copyOf(calls),
          calls.stream()
              .flatMap(call -> Collections.nCopies(call.weight(), call.call()).stream())
              .toList());
    }
  }

  /** An action of a {@link OneShot}; {@code watchPort} is kept for the control plane. */
  record WeightedCall(ActionCall call, int weight, ByteString watchPort) {}
}
