package dev.scr.softswitch.server;

import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.naming.PipelineNames;
import java.util.function.Consumer;
import org.p4.v1.Entity;
import org.p4.v1.Update;

/** Writes and reads one entity of any kind. Made anew for each use, under the switch's lock. */
final class Entities {

  private final TableEntities tables;
  private final TargetCodec targets;
  private final ArrayEntities arrays;
  private final ProfileEntities profiles;
  private final ReplicationEntities replication;
  private final ValueSetEntities valueSets;
  private final DigestQueues digests;
  private final long nowMicros;

  Entities(EmbeddedSwitch device, PipelineNames names, DigestQueues digests) {
    nowMicros = device.nowMicros();
    tables = new TableEntities(names, nowMicros);
    targets = new TargetCodec(names);
    arrays = new ArrayEntities(names, nowMicros);
    profiles = new ProfileEntities(names);
    replication = new ReplicationEntities(device.replication(), device.options().cpuPort());
    valueSets = new ValueSetEntities(names);
    this.digests = digests;
  }

  void write(Update update) {
    Update.Type type = update.getType();
    Entity entity = update.getEntity();
    switch (entity.getEntityCase()) {
      case TABLE_ENTRY -> tables.write(type, entity.getTableEntry());
      case DIRECT_COUNTER_ENTRY -> tables.writeCounter(type, entity.getDirectCounterEntry());
      case DIRECT_METER_ENTRY -> tables.writeMeter(type, entity.getDirectMeterEntry());
      case COUNTER_ENTRY -> arrays.write(type, entity.getCounterEntry());
      case METER_ENTRY -> arrays.write(type, entity.getMeterEntry());
      case REGISTER_ENTRY -> arrays.write(type, entity.getRegisterEntry());
      case ACTION_PROFILE_MEMBER -> profiles.write(type, entity.getActionProfileMember());
      case ACTION_PROFILE_GROUP -> profiles.write(type, entity.getActionProfileGroup());
      case PACKET_REPLICATION_ENGINE_ENTRY ->
          replication.write(type, entity.getPacketReplicationEngineEntry());
      case VALUE_SET_ENTRY -> valueSets.write(type, entity.getValueSetEntry());
      case DIGEST_ENTRY -> digests.write(type, entity.getDigestEntry());
      case EXTERN_ENTRY -> throw Rejected.unimplemented("extern_entry");
      case ENTITY_NOT_SET -> throw Rejected.invalid("expected an entity, found none");
    }
  }

  TableReads tableReads(Consumer<Entity> out) {
    return new TableReads(tables, targets, nowMicros, out);
  }

  void read(Entity filter, Consumer<Entity> out) {
    switch (filter.getEntityCase()) {
      case TABLE_ENTRY -> tableReads(out).read(filter.getTableEntry());
      case DIRECT_COUNTER_ENTRY -> tableReads(out).readCounters(filter.getDirectCounterEntry());
      case DIRECT_METER_ENTRY -> tableReads(out).readMeters(filter.getDirectMeterEntry());
      case COUNTER_ENTRY -> arrays.read(filter.getCounterEntry(), out);
      case METER_ENTRY -> arrays.read(filter.getMeterEntry(), out);
      case REGISTER_ENTRY -> arrays.read(filter.getRegisterEntry(), out);
      case ACTION_PROFILE_MEMBER -> profiles.read(filter.getActionProfileMember(), out);
      case ACTION_PROFILE_GROUP -> profiles.read(filter.getActionProfileGroup(), out);
      case PACKET_REPLICATION_ENGINE_ENTRY ->
          replication.read(filter.getPacketReplicationEngineEntry(), out);
      case VALUE_SET_ENTRY -> valueSets.read(filter.getValueSetEntry(), out);
      case DIGEST_ENTRY -> digests.read(filter.getDigestEntry(), out);
      case EXTERN_ENTRY -> throw Rejected.unimplemented("extern_entry");
      case ENTITY_NOT_SET -> throw Rejected.invalid("expected an entity, found none");
    }
  }
}
