package dev.scr.softswitch.server;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.p4runtime.CanonicalBytes;
import dev.scr.softswitch.state.CloneSession;
import dev.scr.softswitch.state.ReplicationEngine;
import dev.scr.softswitch.state.ReplicationEngine.MulticastGroup;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.p4.v1.CloneSessionEntry;
import org.p4.v1.Entity;
import org.p4.v1.MulticastGroupEntry;
import org.p4.v1.PacketReplicationEngineEntry;
import org.p4.v1.Replica;
import org.p4.v1.SdnPort;
import org.p4.v1.Update;

/** Multicast groups and clone sessions. All under the switch's lock. */
@SuppressWarnings("deprecation") // egress_port is what clients before 1.4 send
final class ReplicationEntities {

  private static final int LARGEST_ID = 0x7fff;
  private static final int LARGEST_PORT = 510;
  private static final int PORT_BITS = 32;

  private final ReplicationEngine engine;
  private final OptionalInt cpuPort;

  ReplicationEntities(ReplicationEngine engine, OptionalInt cpuPort) {
    this.engine = engine;
    this.cpuPort = cpuPort;
  }

  void write(Update.Type type, PacketReplicationEngineEntry sent) {
    switch (sent.getTypeCase()) {
      case MULTICAST_GROUP_ENTRY -> write(type, sent.getMulticastGroupEntry());
      case CLONE_SESSION_ENTRY -> write(type, sent.getCloneSessionEntry());
      case TYPE_NOT_SET ->
          throw Rejected.invalid("expected a multicast group or a clone session, found none");
    }
  }

  private static int id(String what, int id) {
    if (id == 0) {
      throw Rejected.invalid(what + ": expected an id other than 0");
    }
    if (Integer.compareUnsigned(id, LARGEST_ID) > 0) {
      throw new Rejected(
          Code.OUT_OF_RANGE,
          what
              + ": expected an id up to "
              + LARGEST_ID
              + ", found "
              + Integer.toUnsignedString(id));
    }
    return id;
  }

  private void write(Update.Type type, MulticastGroupEntry sent) {
    int id = id("multicast group", sent.getMulticastGroupId());
    switch (type) {
      case INSERT -> engine.insertGroup(id, group(sent));
      case MODIFY -> engine.modifyGroup(id, group(sent));
      case DELETE -> engine.deleteGroup(id);
      case UNSPECIFIED, UNRECOGNIZED -> throw Rejected.invalid("expected an update type");
    }
  }

  private MulticastGroup group(MulticastGroupEntry sent) {
    return new MulticastGroup(
        replicas(sent.getReplicasList()), sent.getMetadata(), numbered(sent.getReplicasList()));
  }

  private static boolean numbered(List<Replica> replicas) {
    return replicas.stream().anyMatch(Replica::hasEgressPort);
  }

  private List<dev.scr.softswitch.state.Replica> replicas(List<Replica> sent) {
    List<dev.scr.softswitch.state.Replica> replicas = new ArrayList<>();
    for (Replica replica : sent) {
      if (replica.getBackupReplicasCount() > 0) {
        throw Rejected.unimplemented("backup_replicas");
      }
      BigInteger port =
          replica.hasPort()
              ? CanonicalBytes.decode(replica.getPort(), PORT_BITS, "replica.port")
              : BigInteger.valueOf(Integer.toUnsignedLong(replica.getEgressPort()));
      replicas.add(
          new dev.scr.softswitch.state.Replica(port(port.intValue()), replica.getInstance()));
    }
    return replicas;
  }

  private int port(int number) {
    if (number == SdnPort.SDN_PORT_CPU.getNumber() && cpuPort.isPresent()) {
      return cpuPort.getAsInt();
    }
    if (number < 0 || number > LARGEST_PORT) {
      throw Rejected.invalid(
          "expected a port up to " + LARGEST_PORT + ", found " + Integer.toUnsignedString(number));
    }
    return number;
  }

  private void write(Update.Type type, CloneSessionEntry sent) {
    int id = id("clone session", sent.getSessionId());
    switch (type) {
      case INSERT -> engine.insertSession(id, session(sent));
      case MODIFY -> engine.modifySession(id, session(sent));
      case DELETE -> engine.deleteSession(id);
      case UNSPECIFIED, UNRECOGNIZED -> throw Rejected.invalid("expected an update type");
    }
  }

  private CloneSession session(CloneSessionEntry sent) {
    if (sent.getPacketLengthBytes() < 0) {
      throw Rejected.invalid("expected packet_length_bytes >= 0");
    }
    return new CloneSession(
        replicas(sent.getReplicasList()),
        sent.getClassOfService(),
        sent.getPacketLengthBytes(),
        numbered(sent.getReplicasList()));
  }

  void read(PacketReplicationEngineEntry filter, Consumer<Entity> out) {
    switch (filter.getTypeCase()) {
      case MULTICAST_GROUP_ENTRY -> {
        int wanted = filter.getMulticastGroupEntry().getMulticastGroupId();
        engine
            .groups()
            .forEach((id, group) -> {
              if (wanted == 0 || wanted == id) {
                out.accept(entity(id, group));
              }
            });
      }
      case CLONE_SESSION_ENTRY -> {
        int wanted = filter.getCloneSessionEntry().getSessionId();
        engine
            .sessions()
            .forEach((id, session) -> {
              if (wanted == 0 || wanted == id) {
                out.accept(entity(id, session));
              }
            });
      }
      case TYPE_NOT_SET ->
          throw Rejected.invalid("expected a multicast group or a clone session, found none");
    }
  }

  private static Entity entity(int id, MulticastGroup group) {
    MulticastGroupEntry entry =
        MulticastGroupEntry.newBuilder()
            .setMulticastGroupId(id)
            .addAllReplicas(encode(group.replicas(), group.numberedPorts()))
            .setMetadata(group.metadata())
            .build();
    return Entity.newBuilder()
        .setPacketReplicationEngineEntry(
            PacketReplicationEngineEntry.newBuilder().setMulticastGroupEntry(entry))
        .build();
  }

  private static Entity entity(int id, CloneSession session) {
    CloneSessionEntry entry =
        CloneSessionEntry.newBuilder()
            .setSessionId(id)
            .addAllReplicas(encode(session.replicas(), session.numberedPorts()))
            .setClassOfService(session.classOfService())
            .setPacketLengthBytes(session.truncateTo())
            .build();
    return Entity.newBuilder()
        .setPacketReplicationEngineEntry(
            PacketReplicationEngineEntry.newBuilder().setCloneSessionEntry(entry))
        .build();
  }

  private static List<Replica> encode(
      List<dev.scr.softswitch.state.Replica> replicas, boolean numbered) {
    return replicas.stream()
        .map(replica -> {
          Replica.Builder builder = Replica.newBuilder().setInstance(replica.instance());
          ByteString port = CanonicalBytes.encode(replica.port(), PORT_BITS, "replica.port");
          return (numbered ? builder.setEgressPort(replica.port()) : builder.setPort(port)).build();
        })
        .toList();
  }
}
