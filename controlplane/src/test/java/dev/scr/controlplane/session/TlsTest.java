package dev.scr.controlplane.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.controlplane.Bmv2;
import dev.scr.controlplane.FakeSwitch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS and mutual TLS, on the fake switch and on BMv2. Keys are made anew by the JDK's keytool. */
@Timeout(120)
class TlsTest {
  @TempDir static Path keys = Path.of("");

  @BeforeAll
  static void makeKeys() throws Exception {
    makeKey("server");
    makeKey("client");
  }

  @Test
  void connectsByTls() throws Exception {
    try (FakeSwitch target =
        FakeSwitch.startTls(
            keys.resolve("server.pem"), keys.resolve("server.key"), Optional.empty())) {
      assertReachable(target.address(), tls(Optional.empty()));
      assertUnreachable(target.address(), new Security.LocalOnly());
    }
  }

  @Test
  void doesNotTrustJustAnybody() throws Exception {
    Security.Tls wrongAuthority =
        new Security.Tls(
            Optional.of(keys.resolve("client.pem")), Optional.empty(), Optional.empty());
    try (FakeSwitch target =
        FakeSwitch.startTls(
            keys.resolve("server.pem"), keys.resolve("server.key"), Optional.empty())) {
      assertUnreachable(target.address(), wrongAuthority);
      assertUnreachable(
          target.address(),
          new Security.Tls(
              Optional.of(keys.resolve("server.pem")),
              Optional.empty(),
              Optional.of("elsewhere.example")));
    }
  }

  @Test
  void identifiesItselfByMutualTls() throws Exception {
    try (FakeSwitch target =
        FakeSwitch.startTls(
            keys.resolve("server.pem"),
            keys.resolve("server.key"),
            Optional.of(keys.resolve("client.pem")))) {
      assertReachable(target.address(), tls(Optional.of(client())));
      assertUnreachable(target.address(), tls(Optional.empty()));
    }
  }

  @Test
  void bmv2ByTls() throws Exception {
    try (Bmv2 target = Bmv2.startTls(tls(Optional.empty()), bmv2Keys())) {
      assertReachable(target.address(), tls(Optional.empty()));
      assertUnreachable(target.address(), new Security.LocalOnly());
    }
  }

  @Test
  void bmv2ByMutualTls() throws Exception {
    String[] options =
        Stream.concat(Stream.of(bmv2Keys()), Stream.of("--grpc-server-with-client-auth"))
            .toArray(String[]::new);
    try (Bmv2 target = Bmv2.startTls(tls(Optional.of(client())), options)) {
      assertReachable(target.address(), tls(Optional.of(client())));
      assertUnreachable(target.address(), tls(Optional.empty()));
    }
  }

  private static String[] bmv2Keys() {
    return new String[] {
      "--grpc-server-ssl",
      "--grpc-server-cacert",
      keys.resolve("client.pem").toString(),
      "--grpc-server-cert",
      keys.resolve("server.pem").toString(),
      "--grpc-server-key",
      keys.resolve("server.key").toString()
    };
  }

  private static Security.Tls tls(Optional<Security.Identity> identity) {
    return new Security.Tls(Optional.of(keys.resolve("server.pem")), identity, Optional.empty());
  }

  private static Security.Identity client() {
    return new Security.Identity(keys.resolve("client.pem"), keys.resolve("client.key"));
  }

  private static void assertReachable(SwitchAddress address, Security security) {
    try (P4RuntimeSession session =
        P4RuntimeSession.connect(SessionOptions.of(address).withSecurity(security))) {
      assertTrue(session.primacy().mayWrite());
    }
  }

  private static void assertUnreachable(SwitchAddress address, Security security) {
    SwitchUnreachable e =
        assertThrows(
            SwitchUnreachable.class,
            () -> P4RuntimeSession.connect(SessionOptions.of(address).withSecurity(security)));
    assertTrue(
        String.valueOf(e.getMessage())
            .startsWith(address + ": expected a switch that serves P4Runtime; found: "),
        e::getMessage);
  }

  private static void makeKey(String name) throws Exception {
    Path store = keys.resolve(name + ".p12");
    Path log = keys.resolve("keytool.log");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            name,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=" + name,
            "-ext",
            "san=ip:127.0.0.1,dns:localhost",
            "-ext",
            "bc:c=ca:true",
            "-keystore",
            store.toString(),
            "-storepass",
            "changeit",
            "-storetype",
            "PKCS12");
    int rc =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    assertEquals(0, rc, () -> command.toString());
    KeyStore keyStore = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    Key key = keyStore.getKey(name, "changeit".toCharArray());
    writePem(
        keys.resolve(name + ".pem"), "CERTIFICATE", keyStore.getCertificate(name).getEncoded());
    writePem(keys.resolve(name + ".key"), "PRIVATE KEY", key.getEncoded());
  }

  private static void writePem(Path file, String kind, byte[] der) throws Exception {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        file,
        "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n",
        StandardCharsets.US_ASCII);
  }
}
