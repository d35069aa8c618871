package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.Place;
import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.FieldLayout.Storage;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.state.CounterArray;
import dev.scr.softswitch.state.MeterArray;
import dev.scr.softswitch.state.RegisterArray;

/**
 * Steps that touch state. An index out of range is counted and the step skipped, so that a target
 * keeps its value, as debug builds of BMv2 do.
 */
public sealed interface StatePrimitive extends Primitive {

  /** Whether an index is in range; counts if not. */
  private static boolean inRange(Packet packet, int index, int size) {
    if (index >= 0 && index < size) {
      return true;
    }
    packet.count(Event.INDEX_OUT_OF_RANGE);
    return false;
  }

  /** Reads a register cell into a field. */
  record RegisterRead(Place target, RegisterArray array, Arith index, boolean narrow)
      implements StatePrimitive {
    /** Reads that cell into that field. */
    public RegisterRead(Place target, RegisterArray array, Arith index) {
      this(
          target,
          array,
          index,
          array.bits() < 64
              || (array.bits() == 64
                  && target.field().storage() == Storage.NARROW
                  && !target.field().saturating()));
    }

    @Override
    public int run(Packet packet) {
      int cell = index.index(packet);
      if (inRange(packet, cell, array.size())) {
        if (narrow) {
          target.assign(packet, array.low(cell));
        } else {
          target.assign(packet, array.exact(cell));
        }
      }
      return NEXT;
    }
  }

  /** Writes a register cell. */
  record RegisterWrite(RegisterArray array, Arith index, Arith value) implements StatePrimitive {
    @Override
    public int run(Packet packet) {
      int cell = index.index(packet);
      if (inRange(packet, cell, array.size())) {
        if (array.bits() <= 64) {
          array.setLow(cell, value.low(packet));
        } else {
          array.set(cell, value.exact(packet));
        }
      }
      return NEXT;
    }
  }

  /** Counts the packet. */
  record Count(CounterArray array, Arith index) implements StatePrimitive {
    @Override
    public int run(Packet packet) {
      int counter = index.index(packet);
      if (inRange(packet, counter, array.size())) {
        array.count(counter, packet.ingressLength);
      }
      return NEXT;
    }
  }

  /** Meters the packet and stores its colour. */
  record ExecuteMeter(MeterArray array, Arith index, Place target) implements StatePrimitive {
    @Override
    public int run(Packet packet) {
      int meter = index.index(packet);
      if (inRange(packet, meter, array.size())) {
        target.assign(packet, array.color(meter, packet.ingressLength, packet.timeMicros));
      }
      return NEXT;
    }
  }
}
