package dev.scr.softswitch.server;

import static dev.scr.softswitch.server.TestClient.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.Code;
import dev.scr.softswitch.Fixture;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.p4.v1.ActionProfileAction;
import org.p4.v1.ActionProfileActionSet;
import org.p4.v1.ActionProfileGroup;
import org.p4.v1.CloneSessionEntry;
import org.p4.v1.Entity;
import org.p4.v1.PacketReplicationEngineEntry;
import org.p4.v1.Replica;
import org.p4.v1.TableAction;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;
import org.p4.v1.ValueSetEntry;
import org.p4.v1.ValueSetMember;

/** Multicast groups, clone sessions, value sets, action profiles and selectors. */
class GroupEntitiesTest extends EntityTest {

  @Test
  @SuppressWarnings("deprecation")
  void multicastGroups() {
    Entity group = group(9, replica(3, 1), replica(4, 2));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, group));
    assertEquals(Code.ALREADY_EXISTS, client.code(Update.Type.INSERT, group));
    assertEquals(
        "3:03000009000000010".concat("00000000005 4:03000009000000020").concat("00000000005"),
        send("03 00 0009 00000000 000000000000"));
    assertEquals(List.of(group), client.read(group(0)));
    Entity numbered = group(8, Replica.newBuilder().setEgressPort(5).setInstance(1).build());
    assertEquals(Code.OK, client.code(Update.Type.INSERT, numbered));
    assertEquals(List.of(numbered), client.read(group(8)));
    assertEquals(
        List.of(Code.INVALID_ARGUMENT, Code.INVALID_ARGUMENT, Code.INVALID_ARGUMENT),
        client.codes(
            Update.Type.INSERT,
            group(0, replica(1, 1)),
            group(7, replica(1, 1), replica(1, 1)),
            group(7, Replica.newBuilder().setPort(bytes(2, 0)).build())));
    assertEquals(Code.OK, client.code(Update.Type.DELETE, group));
    assertEquals(Code.NOT_FOUND, client.code(Update.Type.DELETE, group));
    assertEquals("", send("03 00 0009 00000000 000000000000"));
  }

  @Test
  void cloneSessions() {
    Entity session =
        Entity.newBuilder()
            .setPacketReplicationEngineEntry(
                PacketReplicationEngineEntry.newBuilder()
                    .setCloneSessionEntry(
                        CloneSessionEntry.newBuilder()
                            .setSessionId(5)
                            .addReplicas(replica(4, 1))
                            .setPacketLengthBytes(2)))
            .build();
    assertEquals(Code.OK, client.code(Update.Type.INSERT, session));
    assertEquals("4:0402 2:0402000500000000000000000000", send("04 02 0005 00000000 010203040506"));
    assertEquals(List.of(session), client.read(session));
    assertEquals(Code.OK, client.code(Update.Type.DELETE, session));
  }

  @Test
  void valueSets() {
    int id = client.info.getValueSets(0).getPreamble().getId();
    ValueSetEntry.Builder set =
        ValueSetEntry.newBuilder()
            .setValueSetId(id)
            .addMembers(ValueSetMember.newBuilder().addMatch(exact(1, 0x12, 0x34)));
    Entity entity = Entity.newBuilder().setValueSetEntry(set).build();
    assertEquals("1:ff01123400000000000000000000", send("ff 01 1234 00000000 000000000000"));
    assertEquals(Code.INVALID_ARGUMENT, client.code(Update.Type.INSERT, entity));
    assertEquals(Code.OK, client.code(Update.Type.MODIFY, entity));
    assertEquals("1:ff01123400000000000000000002", send("ff 01 1234 00000000 000000000000"));
    assertEquals(List.of(entity), client.read(entity));
    assertEquals(
        Code.ALREADY_EXISTS,
        client.code(
            Update.Type.MODIFY,
            Entity.newBuilder()
                .setValueSetEntry(set.clone().addMembers(set.getMembers(0)))
                .build()));
    for (int i = 0; i < 4; i++) {
      set.addMembers(ValueSetMember.newBuilder().addMatch(exact(1, i)));
    }
    assertEquals(
        Code.RESOURCE_EXHAUSTED,
        client.code(Update.Type.MODIFY, Entity.newBuilder().setValueSetEntry(set).build()));
  }

  @Test
  void actionProfiles() {
    TableEntry.Builder entry =
        TableEntry.newBuilder()
            .setTableId(client.id("profile_table"))
            .addMatch(exact(1, 5))
            .setAction(TableAction.newBuilder().setActionProfileMemberId(1));
    assertEquals(Code.NOT_FOUND, client.code(Update.Type.INSERT, entity(entry)));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, member(false, 1, forward(4, 9))));
    assertEquals(
        Code.ALREADY_EXISTS, client.code(Update.Type.INSERT, member(false, 1, forward(4, 9))));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entity(entry)));
    assertEquals(
        "4:1d00000500000009".concat("000000000002"), send("1d 00 0005 00000000 000000000000"));
    assertEquals(Code.OK, client.code(Update.Type.MODIFY, member(false, 1, forward(5, 8))));
    assertEquals(
        "5:1d00000500000008".concat("000000000002"), send("1d 00 0005 00000000 000000000000"));
    assertEquals(
        Code.FAILED_PRECONDITION, client.code(Update.Type.DELETE, member(false, 1, forward(5, 8))));
    assertEquals(List.of(entity(entry)), entries());
    client.write(Update.Type.DELETE, entity(entry));
    assertEquals(Code.OK, client.code(Update.Type.DELETE, member(false, 1, forward(5, 8))));
    assertEquals(
        Code.INVALID_ARGUMENT,
        client.code(Update.Type.INSERT, entity(entry.clone().setAction(direct(forward(1, 1))))));
  }

  @Test
  void selectorsPickByHashAndWeight() {
    client.write(
        Update.Type.INSERT, member(true, 1, forward(1, 1)), member(true, 2, forward(2, 2)));
    ActionProfileGroup.Builder group =
        ActionProfileGroup.newBuilder()
            .setActionProfileId(profile(true))
            .setGroupId(7)
            .setMaxSize(4)
            .addMembers(ActionProfileGroup.Member.newBuilder().setMemberId(1).setWeight(3))
            .addMembers(ActionProfileGroup.Member.newBuilder().setMemberId(2).setWeight(1));
    Entity groupEntity = Entity.newBuilder().setActionProfileGroup(group).build();
    assertEquals(Code.OK, client.code(Update.Type.INSERT, groupEntity));
    assertEquals(
        Code.FAILED_PRECONDITION, client.code(Update.Type.DELETE, member(true, 1, forward(1, 1))));
    TableEntry.Builder entry =
        TableEntry.newBuilder()
            .setTableId(client.id("selector_table"))
            .addMatch(exact(1, 5))
            .setAction(TableAction.newBuilder().setActionProfileGroupId(7));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entity(entry)));
    assertEquals(List.of(groupEntity), client.read(groupEntity));
    checkSpread();
    client.write(Update.Type.DELETE, entity(entry));

    ActionProfileActionSet.Builder set =
        ActionProfileActionSet.newBuilder()
            .addActionProfileActions(
                ActionProfileAction.newBuilder().setAction(forward(1, 1)).setWeight(3))
            .addActionProfileActions(
                ActionProfileAction.newBuilder().setAction(forward(2, 2)).setWeight(1));
    Entity oneShot =
        entity(entry.clone().setAction(TableAction.newBuilder().setActionProfileActionSet(set)));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, oneShot));
    assertEquals(List.of(oneShot), entries());
    checkSpread();
  }

  private void checkSpread() {
    int[] ports = new int[3];
    for (int i = 0; i < 400; i++) {
      var frames = Fixture.send(device, 1, String.format("17 00 0005 %08x 000000000000", i));
      ports[frames.getFirst().port()]++;
    }
    assertTrue(ports[1] > 250 && ports[2] > 50, "spread " + ports[1] + " to " + ports[2]);
  }
}
