package dev.scr.softswitch.server;

import static dev.scr.softswitch.server.TestClient.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.Fixture;
import dev.scr.softswitch.packet.Event;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.p4.v1.CapabilitiesRequest;
import org.p4.v1.DigestEntry;
import org.p4.v1.DigestListAck;
import org.p4.v1.Entity;
import org.p4.v1.GetForwardingPipelineConfigRequest;
import org.p4.v1.GetForwardingPipelineConfigRequest.ResponseType;
import org.p4.v1.PacketMetadata;
import org.p4.v1.PacketOut;
import org.p4.v1.ReadRequest;
import org.p4.v1.SetForwardingPipelineConfigRequest;
import org.p4.v1.SetForwardingPipelineConfigRequest.Action;
import org.p4.v1.StreamMessageRequest;
import org.p4.v1.StreamMessageResponse;
import org.p4.v1.Update;
import org.p4.v1.WriteRequest;

/** The server as a client sees it: sessions, pipeline, packets. */
class P4RuntimeServerTest {

  private final EmbeddedSwitch device = new EmbeddedSwitch(1, Fixture.options());
  private P4RuntimeServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        P4RuntimeServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), device);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Status.Code code(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(StatusRuntimeException.class, call).getStatus().getCode();
  }

  @Test
  void capabilities() throws InterruptedException {
    try (TestClient client = TestClient.primary(server.port())) {
      assertEquals(
          "1.5.0",
          client
              .rpc
              .capabilities(CapabilitiesRequest.getDefaultInstance())
              .getP4RuntimeApiVersion());
      assertEquals(
          Status.Code.NOT_FOUND,
          code(() ->
              client.rpc.capabilities(CapabilitiesRequest.newBuilder().setDeviceId(9).build())));
    }
  }

  @Test
  void arbitrationOverTwoStreams() throws InterruptedException {
    try (TestClient first = new TestClient(server.port(), 5);
        TestClient second = new TestClient(server.port(), 7)) {
      assertEquals(Code.OK_VALUE, first.arbitrate().getStatus().getCode());
      assertEquals(Code.OK_VALUE, second.arbitrate().getStatus().getCode());
      assertEquals(Code.ALREADY_EXISTS_VALUE, first.next().getArbitration().getStatus().getCode());
      assertEquals(Status.Code.PERMISSION_DENIED, code(first::push));
      second.push();
      second.stream.onCompleted();
      StreamMessageResponse notice = first.next();
      assertEquals(Code.NOT_FOUND_VALUE, notice.getArbitration().getStatus().getCode());
      assertEquals(7, notice.getArbitration().getElectionId().getLow());
      assertEquals(Status.Code.PERMISSION_DENIED, code(first::push));
    }
  }

  @Test
  void aStreamEndsForABadFirstMessage() throws InterruptedException {
    try (TestClient client = new TestClient(server.port(), 1)) {
      client.stream.onNext(
          StreamMessageRequest.newBuilder().setPacket(PacketOut.getDefaultInstance()).build());
      assertEquals(
          Status.Code.FAILED_PRECONDITION,
          ((StatusRuntimeException) client.nextEvent()).getStatus().getCode());
    }
  }

  @Test
  void checksComeInTheOrderOfTheSpecification() throws InterruptedException {
    try (TestClient client = TestClient.primary(server.port())) {
      WriteRequest write = WriteRequest.newBuilder().setDeviceId(9).build();
      assertEquals(Status.Code.NOT_FOUND, code(() -> client.rpc.write(write)));
      assertEquals(
          Status.Code.PERMISSION_DENIED,
          code(() -> client.rpc.write(write.toBuilder().setDeviceId(1).build())));
      WriteRequest.Builder own = write.toBuilder().setDeviceId(1).setElectionId(client.id());
      assertEquals(
          Status.Code.PERMISSION_DENIED,
          code(() -> client.rpc.write(own.clone().setRole("other").build())));
      assertEquals(Status.Code.FAILED_PRECONDITION, code(() -> client.rpc.write(own.build())));
      assertEquals(
          Status.Code.FAILED_PRECONDITION,
          code(() ->
              client
                  .rpc
                  .read(ReadRequest.newBuilder().setDeviceId(1).build())
                  .forEachRemaining(_ -> {})));
      client.push();
      assertEquals(
          Status.Code.UNIMPLEMENTED,
          code(() ->
              client.rpc.write(
                  own.clone().setAtomicity(WriteRequest.Atomicity.ROLLBACK_ON_ERROR).build())));
    }
  }

  @Test
  void pipelineConfigurations() throws InterruptedException {
    try (TestClient client = TestClient.primary(server.port())) {
      GetForwardingPipelineConfigRequest get =
          GetForwardingPipelineConfigRequest.newBuilder().setDeviceId(1).build();
      assertFalse(client.rpc.getForwardingPipelineConfig(get).hasConfig());

      client.set(Action.VERIFY, TestClient.config());
      assertFalse(client.rpc.getForwardingPipelineConfig(get).hasConfig());
      assertEquals(Status.Code.NOT_FOUND, code(() -> commit(client)));

      client.set(Action.VERIFY_AND_SAVE, TestClient.config());
      assertFalse(client.rpc.getForwardingPipelineConfig(get).hasConfig());
      commit(client);
      assertEquals(
          TestClient.config().build(), client.rpc.getForwardingPipelineConfig(get).getConfig());
      assertEquals(Status.Code.NOT_FOUND, code(() -> commit(client)));

      var cookie =
          client.rpc.getForwardingPipelineConfig(
              get.toBuilder().setResponseType(ResponseType.COOKIE_ONLY).build());
      assertEquals(77, cookie.getConfig().getCookie().getCookie());
      assertFalse(cookie.getConfig().hasP4Info());
      var info =
          client.rpc.getForwardingPipelineConfig(
              get.toBuilder().setResponseType(ResponseType.P4INFO_AND_COOKIE).build());
      assertTrue(info.getConfig().hasP4Info());
      assertTrue(info.getConfig().getP4DeviceConfig().isEmpty());
    }
  }

  private static void commit(TestClient client) {
    var _ =
        client.rpc.setForwardingPipelineConfig(
            SetForwardingPipelineConfigRequest.newBuilder()
                .setDeviceId(1)
                .setElectionId(client.id())
                .setAction(Action.COMMIT)
                .build());
  }

  @Test
  void badPipelinesAreRefusedAndChangeNothing() throws InterruptedException {
    try (TestClient client = TestClient.primary(server.port())) {
      client.push();
      String json = Fixture.text("features.json");
      String unsupported = json.replaceFirst("\"op\" : \"assign\"", "\"op\" : \"teleport\"");
      String other = json.replaceFirst("FeaturesIngress.lpm_table", "FeaturesIngress.other");
      for (String bad : new String[] {"{", "{}", unsupported, other}) {
        StatusRuntimeException refusal =
            assertThrows(
                StatusRuntimeException.class,
                () ->
                    client.set(
                        Action.VERIFY_AND_COMMIT,
                        TestClient.config().setP4DeviceConfig(ByteString.copyFromUtf8(bad))));
        assertEquals(Status.Code.INVALID_ARGUMENT, refusal.getStatus().getCode());
        assertFalse(String.valueOf(refusal.getStatus().getDescription()).isEmpty());
      }
      assertEquals(
          "1:0101000000000000000000000000",
          Fixture.shown(Fixture.send(device, 1, "01 01 0000 00000000 000000000000")));
    }
  }

  @Test
  void packetsGoOutAndIn() throws InterruptedException {
    try (TestClient client = TestClient.primary(server.port())) {
      client.push();
      BlockingQueue<String> out = new LinkedBlockingQueue<>();
      device.connect((port, frame, offset, length) ->
          out.add(port + ":" + HexFormat.of().formatHex(frame, offset, offset + length)));
      ByteString payload = ByteString.copyFrom(Fixture.hex("01 00 0000 00000000 000000000000"));
      client.stream.onNext(
          StreamMessageRequest.newBuilder()
              .setPacket(
                  PacketOut.newBuilder()
                      .setPayload(payload)
                      .addMetadata(metadata(1, 0x01, 0x02))
                      .addMetadata(metadata(2, 0)))
              .build());
      assertEquals("258:0100000000000000000000000000", out.poll(20, TimeUnit.SECONDS));

      var _ = Fixture.send(device, 3, "19 01 0005 00000000 000000000000");
      var packet = client.next().getPacket();
      assertEquals(
          "1901000500000000000000000000",
          HexFormat.of().formatHex(packet.getPayload().toByteArray()));
      assertEquals(bytes(3), packet.getMetadata(0).getValue());
      assertEquals(bytes(5), packet.getMetadata(1).getValue());
    }
  }

  private static PacketMetadata metadata(int id, int... value) {
    return PacketMetadata.newBuilder().setMetadataId(id).setValue(bytes(value)).build();
  }

  @Test
  void badPacketsAreReportedAndDropped() throws InterruptedException {
    try (TestClient client = TestClient.primary(server.port());
        TestClient backup = new TestClient(server.port(), 0)) {
      client.push();
      assertEquals(Code.ALREADY_EXISTS_VALUE, backup.arbitrate().getStatus().getCode());
      backup.stream.onNext(packetOut(metadata(1, 1), metadata(2, 0)));
      assertEquals(Code.PERMISSION_DENIED_VALUE, backup.next().getError().getCanonicalCode());
      client.stream.onNext(packetOut(metadata(1, 1)));
      assertEquals(Code.INVALID_ARGUMENT_VALUE, client.next().getError().getCanonicalCode());
      client.stream.onNext(packetOut(metadata(1, 1), metadata(2, 0), metadata(3, 0)));
      assertEquals(Code.INVALID_ARGUMENT_VALUE, client.next().getError().getCanonicalCode());
      client.stream.onNext(packetOut(metadata(1, 2, 0), metadata(2, 0)));
      assertEquals(Code.OUT_OF_RANGE_VALUE, client.next().getError().getCanonicalCode());
      assertEquals(0, Fixture.count(device, Event.PACKET_OUT));
    }
  }

  private static StreamMessageRequest packetOut(PacketMetadata... metadata) {
    return StreamMessageRequest.newBuilder()
        .setPacket(PacketOut.newBuilder().addAllMetadata(List.of(metadata)))
        .build();
  }

  @Test
  void digestsComeInListsAndAreNotRepeatedUntilAcknowledged() throws InterruptedException {
    try (TestClient client = TestClient.primary(server.port())) {
      client.push();
      int id = client.info.getDigests(0).getPreamble().getId();
      client.write(
          Update.Type.INSERT,
          Entity.newBuilder()
              .setDigestEntry(
                  DigestEntry.newBuilder()
                      .setDigestId(id)
                      .setConfig(
                          DigestEntry.Config.newBuilder()
                              .setMaxListSize(2)
                              .setMaxTimeoutNs(60_000_000_000L)
                              .setAckTimeoutNs(60_000_000_000L)))
              .build());
      learn("0000000000aa");
      learn("0000000000aa");
      learn("0000000000bb");
      var list = client.next().getDigest();
      assertEquals(2, list.getDataCount());
      assertEquals(bytes(0xaa), list.getData(0).getStruct().getMembers(0).getBitstring());
      assertEquals(bytes(4), list.getData(1).getStruct().getMembers(1).getBitstring());
      client.stream.onNext(
          StreamMessageRequest.newBuilder()
              .setDigestAck(DigestListAck.newBuilder().setDigestId(id).setListId(list.getListId()))
              .build());
      // The acknowledgement is on its way; messages are counted until they come again.
      StreamMessageResponse again = null;
      for (int i = 0; i < 2000 && again == null; i++) {
        learn("0000000000aa");
        learn("0000000000bb");
        again = (StreamMessageResponse) client.heard.poll(10, TimeUnit.MILLISECONDS);
      }
      assertTrue(again != null && again.hasDigest());
    }
  }

  private void learn(String address) {
    var _ = Fixture.send(device, 4, "0b 01 0000 00000000 " + address);
  }
}
