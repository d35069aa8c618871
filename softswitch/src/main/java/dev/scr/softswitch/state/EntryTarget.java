package dev.scr.softswitch.state;

/** What a matching table entry leads to. */
public sealed interface EntryTarget {

  /** An action, for a table without an action profile. */
  record Direct(ActionCall call) implements EntryTarget {}

  /** A member of the table's action profile. */
  record Member(int memberId) implements EntryTarget {}

  /** A group of the table's action profile. */
  record Group(int groupId) implements EntryTarget {}
}
