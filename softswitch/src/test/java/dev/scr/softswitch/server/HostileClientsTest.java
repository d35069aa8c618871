package dev.scr.softswitch.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.Fixture;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.p4.v1.ForwardingPipelineConfig;
import org.p4.v1.SetForwardingPipelineConfigRequest.Action;

/** Clients that ask for too much, or for nonsense, get an answer that says so; others go on. */
class HostileClientsTest {

  private static final int MAX_MESSAGE = 1 << 20;
  private static final int MAX_STREAMS = 3;
  private static final ServerOptions OPTIONS =
      new ServerOptions(Optional.empty(), MAX_MESSAGE, 8192, MAX_STREAMS, 8);

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static P4RuntimeServer start() throws IOException {
    return P4RuntimeServer.start(anyPort(), OPTIONS, new EmbeddedSwitch(1, Fixture.options()));
  }

  private static Status refused(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(StatusRuntimeException.class, call).getStatus();
  }

  private static ForwardingPipelineConfig.Builder program(byte[] json) {
    return TestClient.config().setP4DeviceConfig(ByteString.copyFrom(json));
  }

  @Test
  void aMessageThatIsTooLarge() throws IOException, InterruptedException {
    try (P4RuntimeServer server = start();
        TestClient client = TestClient.primary(server.port())) {
      Status status =
          refused(() -> client.set(Action.VERIFY_AND_COMMIT, program(new byte[MAX_MESSAGE + 1])));
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, status.getCode());
      client.push();
    }
  }

  @Test
  void moreStreamsThanOneRoleMayHave() throws IOException, InterruptedException {
    List<TestClient> clients = new ArrayList<>();
    try (P4RuntimeServer server = start()) {
      for (int i = 1; i <= MAX_STREAMS; i++) {
        TestClient client = new TestClient(server.port(), i);
        clients.add(client);
        assertEquals(Code.OK_VALUE, client.arbitrate().getStatus().getCode());
      }
      TestClient last = new TestClient(server.port(), 99);
      clients.add(last);
      last.sendArbitration();
      Status status = ((StatusRuntimeException) last.nextEvent()).getStatus();
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, status.getCode());
      clients.get(MAX_STREAMS - 1).push();
    } finally {
      clients.forEach(TestClient::close);
    }
  }

  @Test
  void aProgramThatIsNested() throws IOException, InterruptedException {
    try (P4RuntimeServer server = start();
        TestClient client = TestClient.primary(server.port())) {
      byte[] json = "[".repeat(500_000).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      Status status = refused(() -> client.set(Action.VERIFY, program(json)));
      assertEquals(Status.Code.INVALID_ARGUMENT, status.getCode());
      assertTrue(String.valueOf(status.getDescription()).length() > 10, status::toString);
    }
  }

  @Test
  void bytesThatAreNotHttp() throws IOException, InterruptedException {
    Random random = new Random(1);
    try (P4RuntimeServer server = start()) {
      for (int i = 0; i < 20; i++) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
          byte[] noise = new byte[1000];
          random.nextBytes(noise);
          socket.getOutputStream().write(noise);
        }
      }
      try (TestClient client = TestClient.primary(server.port())) {
        client.push();
      }
    }
  }

  @Test
  void aPortThatIsTaken() throws IOException, InterruptedException {
    EmbeddedSwitch device = new EmbeddedSwitch(1, Fixture.options());
    try (P4RuntimeServer first = start()) {
      InetSocketAddress taken =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), first.port());
      assertThrows(IOException.class, () -> P4RuntimeServer.start(taken, device));
    }
    // The failure has left the switch free for another server.
    try (P4RuntimeServer second = P4RuntimeServer.start(anyPort(), device);
        TestClient client = TestClient.primary(second.port())) {
      client.push();
    }
  }
}
