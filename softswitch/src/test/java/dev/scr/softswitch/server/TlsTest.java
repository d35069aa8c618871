package dev.scr.softswitch.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.Fixture;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p4.v1.CapabilitiesRequest;
import org.p4.v1.P4RuntimeGrpc;

/** The server with keys: what it encrypts, and whom it lets in. */
class TlsTest {

  private static final String PASSWORD = "changeit";

  @TempDir static Path folder;

  private record Identity(Path certificate, Path key) {}

  private static Identity server;
  private static Identity client;
  private static Identity stranger;

  @BeforeAll
  static void makeKeys() throws IOException, InterruptedException, GeneralSecurityException {
    server = identity("server");
    client = identity("client");
    stranger = identity("stranger");
  }

  private static Identity identity(String name)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertEquals(0, keytool.waitFor(), "keytool");
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return new Identity(
        pem(name + ".crt", "CERTIFICATE", keys.getCertificate(name).getEncoded()),
        pem(name + ".key", "PRIVATE KEY", keys.getKey(name, PASSWORD.toCharArray()).getEncoded()));
  }

  private static Path pem(String file, String kind, byte[] content) throws IOException {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(content);
    String text = "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
    return Files.writeString(folder.resolve(file), text);
  }

  private static P4RuntimeServer start(Optional<Path> clientCa) throws IOException {
    ServerOptions options =
        ServerOptions.defaults()
            .withTls(new ServerOptions.Tls(server.certificate(), server.key(), clientCa));
    return P4RuntimeServer.start(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        options,
        new EmbeddedSwitch(1, Fixture.options()));
  }

  private static String version(ManagedChannel channel) {
    try {
      return P4RuntimeGrpc.newBlockingStub(channel)
          .capabilities(CapabilitiesRequest.getDefaultInstance())
          .getP4RuntimeApiVersion();
    } finally {
      channel.shutdownNow();
    }
  }

  private static ManagedChannel channel(int port, Optional<Identity> identity) throws IOException {
    SslContextBuilder ssl = GrpcSslContexts.forClient().trustManager(server.certificate().toFile());
    if (identity.isPresent()) {
      ssl.keyManager(identity.get().certificate().toFile(), identity.get().key().toFile());
    }
    return NettyChannelBuilder.forAddress("127.0.0.1", port).sslContext(ssl.build()).build();
  }

  private static void shutOut(ManagedChannel channel) {
    Status status = assertThrows(StatusRuntimeException.class, () -> version(channel)).getStatus();
    assertEquals(Status.Code.UNAVAILABLE, status.getCode(), status::toString);
  }

  @Test
  void aServerWithKeysDoesNotSpeakPlainText() throws IOException {
    try (P4RuntimeServer started = start(Optional.empty())) {
      assertEquals("1.5.0", version(channel(started.port(), Optional.empty())));
      shutOut(NettyChannelBuilder.forAddress("127.0.0.1", started.port()).usePlaintext().build());
    }
  }

  @Test
  void onlyClientsOfTheAuthorityGetIn() throws IOException {
    try (P4RuntimeServer started = start(Optional.of(client.certificate()))) {
      assertEquals("1.5.0", version(channel(started.port(), Optional.of(client))));
      shutOut(channel(started.port(), Optional.of(stranger)));
      shutOut(channel(started.port(), Optional.empty()));
    }
  }

  @Test
  void aKeyThatCannotBeRead() {
    ServerOptions options =
        ServerOptions.defaults()
            .withTls(
                new ServerOptions.Tls(
                    server.certificate(), folder.resolve("none.key"), Optional.empty()));
    Exception e =
        assertThrows(
            Exception.class,
            () ->
                P4RuntimeServer.start(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    options,
                    new EmbeddedSwitch(1, Fixture.options())));
    assertEquals(IOException.class, e.getClass(), e::toString);
    assertEquals(
        folder.resolve("none.key")
            + ": expected a PEM private key (PKCS #8), found no file that can be read",
        e.getMessage());
  }
}
