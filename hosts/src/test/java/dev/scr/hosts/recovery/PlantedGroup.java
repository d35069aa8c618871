package dev.scr.hosts.recovery;

import java.util.function.LongSupplier;

/** Groups with a fault each, which the equality property has to notice. */
public final class PlantedGroup {
  private PlantedGroup() {}

  /** Takes a peer that has not got that far for one that has lost the packet. */
  public static RecoveryGroup impatient(
      int places, int entryBytes, long start, RecoverySettings settings, LongSupplier clock) {
    return new RecoveryGroup(places, entryBytes, start, settings, clock) {
      @Override
      Statement statement(int peer, long position, boolean stated, byte[] into) {
        Statement statement = super.statement(peer, position, stated, into);
        return statement == Statement.NOT_YET ? Statement.LOST : statement;
      }
    };
  }

  /** Believes what it reads although the ring has been written over. */
  public static RecoveryGroup forgetful(
      int places, int entryBytes, long start, RecoverySettings settings, LongSupplier clock) {
    return new RecoveryGroup(places, entryBytes, start, settings, clock) {
      @Override
      Statement statement(int peer, long position, boolean stated, byte[] into) {
        Statement statement = super.statement(peer, position, stated, into);
        return statement == Statement.GONE ? Statement.RECEIVED : statement;
      }
    };
  }

  /** Lets a worker that joins again say other things than were said in its place. */
  public static RecoveryGroup unbound(
      int places, int entryBytes, long start, RecoverySettings settings, LongSupplier clock) {
    return new RecoveryGroup(places, entryBytes, start, settings, clock) {
      @Override
      Statement statement(int peer, long position, boolean stated, byte[] into) {
        Statement statement = log(peer).read(position, into);
        return statement == Statement.NOT_YET && log(peer).isFrozen() ? Statement.LOST : statement;
      }
    };
  }
}
