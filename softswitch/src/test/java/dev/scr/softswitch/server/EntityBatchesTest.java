package dev.scr.softswitch.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.Code;
import dev.scr.p4runtime.BatchErrors;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.p4.v1.Action;
import org.p4.v1.Entity;
import org.p4.v1.SetForwardingPipelineConfigRequest;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;

/** What concerns entities of all kinds: timeouts, batches, reads in parts, new pipelines. */
class EntityBatchesTest extends EntityTest {

  @Test
  void idleEntriesAreReported() throws InterruptedException {
    TableEntry.Builder entry =
        TableEntry.newBuilder()
            .setTableId(client.id("idle_table"))
            .addMatch(exact(1, 5))
            .setIdleTimeoutNs(50_000_000)
            .setAction(direct(Action.newBuilder().setActionId(client.action("drop")).build()));
    assertEquals(Code.OK, client.code(Update.Type.INSERT, entity(entry)));
    var notice = client.next().getIdleTimeoutNotification();
    assertEquals(entry.getMatch(0), notice.getTableEntry(0).getMatch(0));
    assertTrue(notice.getTimestamp() > 0);
    TableEntry read =
        client
            .read(
                entity(
                    TableEntry.newBuilder()
                        .setTableId(client.id("idle_table"))
                        .setTimeSinceLastHit(TableEntry.IdleTimeout.getDefaultInstance())))
            .getFirst()
            .getTableEntry();
    assertTrue(read.hasTimeSinceLastHit());
    assertEquals(
        Code.INVALID_ARGUMENT,
        client.code(Update.Type.INSERT, entity(lpmEntry(8, 1, 10, 0, 0, 0).setIdleTimeoutNs(1))));
  }

  @Test
  void readsReportErrorsForEachEntityAndGiveTheRest() {
    client.write(Update.Type.INSERT, entity(lpmEntry(8, 5, 10, 0, 0, 0)));
    List<Entity> found = new ArrayList<>();
    StatusRuntimeException failure =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                client
                    .rpc
                    .read(
                        org.p4.v1.ReadRequest.newBuilder()
                            .setDeviceId(1)
                            .addEntities(entity(TableEntry.newBuilder()))
                            .addEntities(counterEntry(99))
                            .addEntities(Entity.getDefaultInstance())
                            .build())
                    .forEachRemaining(response -> found.addAll(response.getEntitiesList())));
    assertEquals(4, found.size());
    assertEquals(
        List.of(Code.OK_VALUE, Code.OUT_OF_RANGE_VALUE, Code.INVALID_ARGUMENT_VALUE),
        BatchErrors.decode(failure, 3).stream().map(org.p4.v1.Error::getCanonicalCode).toList());
  }

  @Test
  void reconcilingKeepsWhatWasWritten() {
    Entity entry = entity(lpmEntry(8, 5, 10, 0, 0, 0));
    client.write(
        Update.Type.INSERT, entry, group(9, replica(3, 1)), member(false, 1, forward(4, 9)));
    var _ = send("08 01 0003 00000001 000000000000");
    client.set(SetForwardingPipelineConfigRequest.Action.RECONCILE_AND_COMMIT, TestClient.config());
    assertEquals(List.of(entry), entries());
    assertEquals(1, client.read(group(0)).size());
    assertEquals(
        "3:1300000000000005".concat("000000000000"), send("13 00 0000 0a010203 000000000000"));
    client.push();
    assertEquals(List.of(), entries());
    assertEquals(List.of(), client.read(group(0)));
    assertFalse(client.read(entity(TableEntry.newBuilder().setIsDefaultAction(true))).isEmpty());
  }

  @Test
  void aBatchOfAThousandErrorsArrives() {
    Entity[] entities = new Entity[1000];
    java.util.Arrays.fill(entities, entity(TableEntry.newBuilder().setTableId(1)));
    List<Code> codes = client.codes(Update.Type.INSERT, entities);
    assertEquals(1000, codes.size());
    assertEquals(Code.NOT_FOUND, codes.getLast());
  }
}
