package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Place;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.state.ActionCall;
import dev.scr.softswitch.state.ActionProfile;
import dev.scr.softswitch.state.EntryTarget;
import dev.scr.softswitch.state.MatchTable;
import dev.scr.softswitch.state.MeterArray;
import dev.scr.softswitch.state.TableEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Applies a match-action table: builds the key, looks it up, runs the action, picks the way on. */
final class TableNode implements ControlNode {

  /**
   * Where to go on.
   *
   * @param byAction next node by number of the action that ran
   * @param hitMiss whether hit or miss decide instead
   * @param onHit next node after a hit
   * @param onMiss next node after a miss
   * @param withoutAction next node when no action ran
   */
  @SuppressWarnings("ArrayRecordComponent") // read per packet, never compared
  record Ways(int[] byAction, boolean hitMiss, int onHit, int onMiss, int withoutAction) {

    int next(boolean hit, @Nullable ActionCall call) {
      if (hitMiss) {
        return hit ? onHit : onMiss;
      }
      return call == null ? withoutAction : byAction[call.action()];
    }
  }

  /** A direct meter and the field that gets the colour. */
  record DirectMeter(MeterArray array, Place result) {}

  /** An action profile and the hash that picks a group's member, if it has a selector. */
  record Profile(ActionProfile profile, @Nullable Calculation selector) {}

  private final MatchTable table;
  private final KeyPart[] keyParts;
  private final ActionNode[] actions;
  private final Ways ways;
  private final @Nullable Profile profile;
  private final @Nullable DirectMeter meter;
  private final long[] key;

  TableNode(
      MatchTable table,
      List<KeyPart> keyParts,
      List<ActionNode> actions,
      Ways ways,
      @Nullable Profile profile,
      @Nullable DirectMeter meter) {
    this.table = table;
    this.keyParts = keyParts.toArray(KeyPart[]::new);
    this.actions = actions.toArray(ActionNode[]::new);
    this.ways = ways;
    this.profile = profile;
    this.meter = meter;
    key = new long[table.keyWords()];
  }

  @Override
  public int run(Packet packet) {
    TableEntry entry = lookup(packet);
    ActionCall call = call(packet, entry == null ? table.defaultTarget() : entry.target());
    if (entry != null && meter != null) {
      int color = meter.array.color(entry.meter, packet.ingressLength, packet.timeMicros);
      meter.result.assign(packet, color);
    }
    if (call != null) {
      packet.arguments = call.data();
      actions[call.action()].run(packet);
    }
    return ways.next(entry != null, call);
  }

  private @Nullable TableEntry lookup(Packet packet) {
    // A table without key has no entries: it always misses.
    if (keyParts.length == 0) {
      return null;
    }
    for (KeyPart part : keyParts) {
      part.write(packet, key);
    }
    TableEntry entry = table.lookup(key);
    if (entry != null) {
      entry.packets++;
      entry.bytes += packet.ingressLength;
      entry.lastHitMicros = packet.timeMicros;
    }
    return entry;
  }

  private @Nullable ActionCall call(Packet packet, @Nullable EntryTarget target) {
    if (target instanceof EntryTarget.Direct direct) {
      return direct.call();
    }
    if (target == null || profile == null) {
      return null;
    }
    return switch (target) {
      case EntryTarget.Member member -> profile.profile.member(member.memberId());
      case EntryTarget.Group group ->
          profile.profile.select(group.groupId(), hash(packet, profile));
      case EntryTarget.OneShot oneShot ->
          oneShot.choices().isEmpty()
              ? null
              : oneShot
                  .choices()
                  .get(
                      (int)
                          Long.remainderUnsigned(hash(packet, profile), oneShot.choices().size()));
      case EntryTarget.Direct direct -> direct.call();
    };
  }

  private static long hash(Packet packet, Profile profile) {
    return profile.selector == null ? 0 : profile.selector.value(packet);
  }
}
