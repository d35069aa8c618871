package dev.scr.softswitch.v1model;

import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.EventCounters;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.packet.Transmit;
import dev.scr.softswitch.program.FrameBuffer;
import dev.scr.softswitch.program.PacketProgram;
import dev.scr.softswitch.program.Program;
import dev.scr.softswitch.program.StandardMetadata;
import dev.scr.softswitch.program.StandardMetadata.Access;
import dev.scr.softswitch.state.CloneSession;
import dev.scr.softswitch.state.Replica;
import dev.scr.softswitch.state.ReplicationEngine;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Takes frames through a v1model program with the rules of BMv2's simple_switch: parser, ingress,
 * then clone, digest, resubmit, multicast, drop or unicast in this order, egress, clone, drop,
 * deparser, recirculate or transmit.
 *
 * <p>One frame at a time: when {@link #process} returns, every copy of it has left or is gone.
 * Packets are objects that are used again, so that a plain unicast packet allocates nothing here.
 * Not thread-safe.
 */
public final class V1ModelTarget {

  /** The port number that stands for "drop". */
  public static final int DROP_PORT = 511;

  /**
   * What a target does not let a packet do.
   *
   * @param maxGrowthBytes how much longer than received a frame may become; more is dropped
   * @param maxPasses how often one received frame may go through ingress or be cloned in a chain
   */
  public record Limits(int maxGrowthBytes, int maxPasses) {}

  private final Program program;
  private final PacketProgram code;
  private final StandardMetadata metadata;
  private final ReplicationEngine replication;
  private final EventCounters events;
  private final DigestSink digests;
  private final Limits limits;

  private final FrameBuffer out = new FrameBuffer();
  private final ArrayDeque<Packet> spare = new ArrayDeque<>();
  private final ArrayDeque<Packet> ingressQueue = new ArrayDeque<>();
  private final ArrayDeque<Packet> egressQueue = new ArrayDeque<>();

  /** A target that runs that program. */
  public V1ModelTarget(
      Program program,
      ReplicationEngine replication,
      EventCounters events,
      DigestSink digests,
      Limits limits) {
    this.program = program;
    this.replication = replication;
    this.events = events;
    this.digests = digests;
    this.limits = limits;
    code = program.code();
    metadata = program.metadata();
  }

  /** The program it runs. */
  public Program program() {
    return program;
  }

  /**
   * Takes one frame through the program.
   *
   * @param micros the time of arrival in microseconds; all timestamps of this frame are this
   */
  public void process(
      int port, byte[] frame, int offset, int length, long micros, Transmit transmit) {
    events.count(Event.RECEIVED);
    Packet packet = acquire();
    packet.start(frame, offset, length);
    packet.ingressPort = port;
    packet.timeMicros = micros;
    packet.capacity = (int) Math.min(Integer.MAX_VALUE, (long) length + limits.maxGrowthBytes);
    metadata.ingressPort().place().assign(packet, port);
    metadata.packetLength().place().assign(packet, length);
    set(metadata.ingressTimestamp(), packet, micros);
    ingressQueue.add(packet);
    try {
      drain(transmit);
    } finally {
      ingressQueue.clear();
      egressQueue.clear();
    }
  }

  private void drain(Transmit transmit) {
    while (true) {
      Packet leaving = egressQueue.poll();
      if (leaving != null) {
        egress(leaving, transmit);
        spare.push(leaving);
        continue;
      }
      Packet entering = ingressQueue.poll();
      if (entering == null) {
        return;
      }
      if (!ingress(entering)) {
        spare.push(entering);
      }
    }
  }

  private Packet acquire() {
    Packet packet = spare.poll();
    return packet != null ? packet : new Packet(program.layout(), events);
  }

  private static void set(Optional<Access> access, Packet packet, long value) {
    if (access.isPresent()) {
      access.get().place().assign(packet, value);
    }
  }

  private void setType(Packet packet, InstanceType type) {
    metadata.instanceType().place().assign(packet, type.number);
  }

  /** Runs parser and ingress; true if the packet itself is now in the egress queue. */
  private boolean ingress(Packet packet) {
    if (exhausted(packet)) {
      return false;
    }
    int size = packet.lengthRegister;
    code.parse(packet);
    set(metadata.parserError(), packet, packet.parserError);
    set(metadata.checksumError(), packet, packet.checksumError ? 1 : 0);
    code.ingress(packet);
    packet.exit = false;
    if (packet.aborted) {
      return false;
    }
    if (packet.cloneSession != Packet.NO_CLONE) {
      cloneIngress(packet, size);
    }
    if (packet.learnList > 0) {
      learn(packet);
    }
    if (packet.resubmitFieldList > 0) {
      resubmit(packet, size);
      return false;
    }
    return route(packet);
  }

  private boolean route(Packet packet) {
    int group =
        metadata.multicastGroup().isPresent()
            ? (int) metadata.multicastGroup().get().value().low(packet)
            : 0;
    if (group != 0) {
      setType(packet, InstanceType.REPLICATED);
      multicast(packet, group);
      return false;
    }
    int port = (int) metadata.egressSpec().value().low(packet);
    if (port == DROP_PORT) {
      events.count(Event.DROPPED_INGRESS);
      return false;
    }
    setType(packet, InstanceType.NORMAL);
    packet.egressPort = port;
    egressQueue.add(packet);
    return true;
  }

  private boolean exhausted(Packet packet) {
    packet.passes++;
    if (packet.passes > limits.maxPasses) {
      events.count(Event.TOO_MANY_PASSES);
      return true;
    }
    return false;
  }

  private void learn(Packet packet) {
    Program.LearnList list = program.learnLists().get(packet.learnList);
    if (list != null) {
      digests.digest(list, packet);
    }
  }

  private void multicast(Packet packet, int group) {
    List<Replica> replicas = replication.replicas(group);
    if (replicas == null) {
      events.count(Event.UNKNOWN_MULTICAST_GROUP);
      return;
    }
    replicate(packet, replicas, 0);
  }

  private void replicate(Packet packet, List<Replica> replicas, int truncateTo) {
    for (Replica replica : replicas) {
      Packet copy = acquire();
      copy.copyFrom(packet);
      set(metadata.egressRid(), copy, replica.instance());
      copy.egressPort = replica.port();
      if (truncateTo > 0) {
        copy.truncateTo = truncateTo;
      }
      egressQueue.add(copy);
    }
  }

  /** Sends copies of a clone where its session says. */
  private void cloneTo(int sessionId, Packet clone) {
    CloneSession session = replication.session(sessionId);
    if (session == null) {
      events.count(Event.UNKNOWN_CLONE_SESSION);
      return;
    }
    events.count(Event.CLONED);
    replicate(clone, session.replicas(), session.truncateTo());
  }

  private void cloneIngress(Packet packet, int size) {
    if (replication.session(packet.cloneSession) == null) {
      events.count(Event.UNKNOWN_CLONE_SESSION);
      return;
    }
    Packet clone = acquire();
    startAgain(clone, packet, size);
    metadata.ingressPort().place().assign(clone, packet.ingressPort);
    code.parse(clone);
    clone.phv.resetMetadata();
    copyFields(packet.cloneFieldList, packet, clone);
    setType(clone, InstanceType.INGRESS_CLONE);
    cloneTo(packet.cloneSession, clone);
    spare.push(clone);
  }

  /** Makes a packet of the original bytes of another one, with all metadata zero. */
  private static void startAgain(Packet packet, Packet original, int size) {
    packet.start(original.frame, original.frameStart, original.frameEnd - original.frameStart);
    packet.ingressPort = original.ingressPort;
    packet.timeMicros = original.timeMicros;
    packet.capacity = original.capacity;
    packet.passes = original.passes;
    packet.ingressLength = original.ingressLength;
    packet.lengthRegister = size;
  }

  private void copyFields(int listId, Packet source, Packet target) {
    List<Program.FieldCopy> list = program.fieldLists().get(listId);
    if (list != null) {
      for (Program.FieldCopy copy : list) {
        copy.place().assign(target, copy.value().exact(source));
      }
    }
  }

  private void resubmit(Packet packet, int size) {
    events.count(Event.RESUBMITTED);
    Packet again = acquire();
    startAgain(again, packet, size);
    copyFields(packet.resubmitFieldList, packet, again);
    setType(again, InstanceType.RESUBMITTED);
    metadata.packetLength().place().assign(again, size);
    ingressQueue.add(again);
  }

  private void egress(Packet packet, Transmit transmit) {
    set(metadata.egressTimestamp(), packet, packet.timeMicros);
    set(metadata.enqueueTimestamp(), packet, packet.timeMicros);
    set(metadata.enqueueDepth(), packet, 0);
    set(metadata.dequeueTimeDelta(), packet, 0);
    set(metadata.dequeueDepth(), packet, 0);
    metadata.egressPort().place().assign(packet, packet.egressPort);
    metadata.egressSpec().place().assign(packet, DROP_PORT + 1);
    metadata.packetLength().place().assign(packet, packet.lengthRegister);
    packet.cloneSession = Packet.NO_CLONE;
    code.egress(packet);
    if (packet.aborted) {
      return;
    }
    if (packet.cloneSession != Packet.NO_CLONE && !exhausted(packet)) {
      cloneEgress(packet);
    }
    if (metadata.egressSpec().value().low(packet) == DROP_PORT) {
      events.count(Event.DROPPED_EGRESS);
    } else if (!code.deparse(packet, out)) {
      events.count(Event.GROWTH_EXCEEDED);
    } else if (packet.recirculateFieldList > 0) {
      recirculate(packet);
    } else {
      events.count(Event.TRANSMITTED);
      transmit.frame(packet.egressPort, out.bytes, 0, Math.min(out.length, packet.truncateTo));
    }
  }

  private void cloneEgress(Packet packet) {
    Packet clone = acquire();
    clone.copyFrom(packet);
    clone.phv.resetMetadata();
    copyFields(packet.cloneFieldList, packet, clone);
    setType(clone, InstanceType.EGRESS_CLONE);
    cloneTo(packet.cloneSession, clone);
    spare.push(clone);
  }

  private void recirculate(Packet packet) {
    events.count(Event.RECIRCULATED);
    Packet again = acquire();
    again.start(Arrays.copyOf(out.bytes, out.length), 0, out.length);
    again.ingressPort = packet.ingressPort;
    again.timeMicros = packet.timeMicros;
    again.capacity = packet.capacity;
    again.passes = packet.passes;
    copyFields(packet.recirculateFieldList, packet, again);
    setType(again, InstanceType.RECIRCULATED);
    metadata.packetLength().place().assign(again, out.length);
    ingressQueue.add(again);
  }
}
