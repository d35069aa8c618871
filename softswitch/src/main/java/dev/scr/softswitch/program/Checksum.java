package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.Cond;
import dev.scr.softswitch.expression.Place;
import dev.scr.softswitch.packet.Packet;

/**
 * A checksum field and how to compute it.
 *
 * @param header the field's header
 * @param target the field, to write
 * @param current the field, to read
 * @param calculation what it should be
 * @param condition when it counts
 */
record Checksum(int header, Place target, Arith current, Calculation calculation, Cond condition) {

  /** Whether it is right, or does not count. */
  boolean verify(Packet packet) {
    return !packet.phv.isValid(header)
        || !condition.test(packet)
        || calculation.value(packet) == current.low(packet);
  }

  /** Sets it right. */
  void update(Packet packet) {
    if (condition.test(packet)) {
      target.assign(packet, calculation.value(packet));
    }
  }
}
