package dev.scr.controlplane.session;

import com.google.rpc.Code;
import java.util.Optional;
import org.p4.v1.MasterArbitrationUpdate;

/** What a session may do on a switch: only one client at a time may write. */
public sealed interface Primacy {

  /** No answer to our bid yet. */
  record Pending() implements Primacy {
    @Override
    public String toString() {
      return "waiting for the switch to decide who is primary";
    }
  }

  /**
   * We may write.
   *
   * @param id the id that we bid, and that every write carries
   */
  record Primary(ElectionId id) implements Primacy {
    @Override
    public String toString() {
      return "primary with election id " + id;
    }
  }

  /**
   * Another client may write.
   *
   * @param primary its id, if the switch told
   */
  record Backup(Optional<ElectionId> primary) implements Primacy {
    @Override
    public String toString() {
      return "read-only: another client is primary"
          + primary.map(id -> " with election id " + id).orElse("");
    }
  }

  /**
   * No client may write, because the last primary is gone.
   *
   * @param highest the highest id that the switch has seen; who bids as much or more becomes
   *     primary
   */
  record Vacant(Optional<ElectionId> highest) implements Primacy {
    @Override
    public String toString() {
      return "read-only: no client is primary"
          + highest.map(id -> ", the last one had election id " + id).orElse("");
    }
  }

  /**
   * We take no part in it.
   *
   * @param reason why
   */
  record Bystander(String reason) implements Primacy {
    @Override
    public String toString() {
      return "read-only: " + reason;
    }
  }

  /** Whether we may write. */
  default boolean mayWrite() {
    return this instanceof Primary;
  }

  /** What an arbitration message says to the client that bid {@code mine}. */
  static Primacy of(ElectionId mine, MasterArbitrationUpdate message) {
    Optional<ElectionId> highest =
        message.hasElectionId()
            ? Optional.of(ElectionId.of(message.getElectionId()))
            : Optional.empty();
    int code = message.getStatus().getCode();
    if (code == Code.OK_VALUE) {
      return new Primary(mine);
    }
    return code == Code.NOT_FOUND_VALUE ? new Vacant(highest) : new Backup(highest);
  }

  /**
   * What to bid next, if anything: as much as the last primary where there is none now, and more
   * than the present one only if told to.
   *
   * @param mine what we have bid
   */
  default Optional<ElectionId> nextBid(ElectionId mine, boolean takeover) {
    return switch (this) {
      case Vacant(var highest) ->
          Optional.of(highest.filter(id -> id.compareTo(mine) > 0).orElse(mine.next()));
      case Backup(var primary) when takeover ->
          Optional.of(primary.filter(id -> id.compareTo(mine) > 0).orElse(mine).next());
      case Backup _, Pending _, Primary _, Bystander _ -> Optional.empty();
    };
  }

  /**
   * What a controller that stays connected bids next, if anything. It takes a place that is vacant
   * with more than anybody had, and holds a place that it has in the same way; so a controller that
   * comes back with the id that it had is a backup, and primacy changes only when it must.
   *
   * @param mine what we have bid
   * @param highest the highest id that we have heard of
   * @param spread by how much more: another number for each controller, for BMv2 can take two that
   *     bid the same at once for one and the same
   */
  default Optional<ElectionId> standingBid(ElectionId mine, ElectionId highest, int spread) {
    ElectionId seen = highest.max(mine);
    ElectionId above = seen.max(ElectionId.LAST_TO_COME_WITH).next().plus(spread);
    return switch (this) {
      case Vacant _ -> Optional.of(above);
      case Primary(ElectionId id)
          when id.compareTo(highest) < 0 || id.compareTo(ElectionId.LAST_TO_COME_WITH) <= 0 ->
          Optional.of(above);
      case Primary _, Backup _, Pending _, Bystander _ -> Optional.empty();
    };
  }

  /**
   * What an arbitration message says to a client that has sent no id. Where the next client is
   * promoted when the primary leaves, as on BMv2, that can be this one.
   */
  static Primacy watching(MasterArbitrationUpdate message) {
    Primacy primacy = of(ElectionId.FIRST, message);
    return primacy instanceof Primary ? new Vacant(Optional.empty()) : primacy;
  }
}
