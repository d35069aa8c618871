package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.Place;
import dev.scr.softswitch.packet.Packet;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Steps that ask the v1model target for something, mostly at the end of the control. */
public sealed interface TargetPrimitive extends Primitive {

  /** Drops the packet unless something later sends it elsewhere. */
  record MarkToDrop(Place egressSpec, @Nullable Place multicastGroup, int dropPort)
      implements TargetPrimitive {
    @Override
    public int run(Packet packet) {
      egressSpec.assign(packet, dropPort);
      if (multicastGroup != null) {
        multicastGroup.assign(packet, 0);
      }
      return NEXT;
    }
  }

  /** Clones the packet at the end of the control. */
  record ClonePacket(Arith session, Arith fieldList) implements TargetPrimitive {

    private static final int LARGEST_SESSION = 0x7fff;

    @Override
    public int run(Packet packet) {
      packet.cloneSession = (int) session.low(packet) & LARGEST_SESSION;
      packet.cloneFieldList = Math.max(0, fieldList.index(packet));
      return NEXT;
    }
  }

  /** Sends the original packet through ingress again at the end of ingress. */
  record Resubmit(Arith fieldList) implements TargetPrimitive {
    @Override
    public int run(Packet packet) {
      packet.resubmitFieldList = Math.max(0, fieldList.index(packet));
      return NEXT;
    }
  }

  /** Sends the packet through ingress again at the end of egress. */
  record Recirculate(Arith fieldList) implements TargetPrimitive {
    @Override
    public int run(Packet packet) {
      packet.recirculateFieldList = Math.max(0, fieldList.index(packet));
      return NEXT;
    }
  }

  /** Sends a digest to the control plane at the end of ingress. */
  record GenerateDigest(Arith list) implements TargetPrimitive {
    @Override
    public int run(Packet packet) {
      packet.learnList = Math.max(0, list.index(packet));
      return NEXT;
    }
  }

  /** Cuts the packet when it leaves; of several, the shortest counts. */
  record Truncate(Arith length) implements TargetPrimitive {
    @Override
    public int run(Packet packet) {
      int bytes = length.index(packet);
      if (bytes >= 0) {
        packet.truncateTo = Math.min(packet.truncateTo, bytes);
      }
      return NEXT;
    }
  }

  /** Stores {@code base + hash mod size}, in 64 bits; size 0 counts as 1. */
  record HashToField(Place target, Arith base, Calculation calculation, Arith size)
      implements TargetPrimitive {
    @Override
    public int run(Packet packet) {
      long modulus = size.low(packet);
      long hash = modulus == 0 ? 0 : Long.remainderUnsigned(calculation.value(packet), modulus);
      target.assign(packet, hash + base.low(packet));
      return NEXT;
    }
  }

  /** Stores a random number from low to high, both included; nothing if low is greater. */
  record RandomToField(Place target, Arith low, Arith high, SplittableRandom random)
      implements TargetPrimitive {
    @Override
    public int run(Packet packet) {
      long from = low.low(packet);
      long span = high.low(packet) - from;
      if (Long.compareUnsigned(from, from + span) <= 0) {
        target.assign(packet, from + upTo(span));
      }
      return NEXT;
    }

    /** A number from 0 to {@code most}, both included and unsigned. */
    private long upTo(long most) {
      if (most >= 0 && most < Long.MAX_VALUE) {
        return random.nextLong(most + 1);
      }
      long candidate = random.nextLong();
      while (Long.compareUnsigned(candidate, most) > 0) {
        candidate = random.nextLong();
      }
      return candidate;
    }
  }
}
