package dev.scr.controlplane.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {

  @ParameterizedTest
  @CsvSource({
    "localhost, localhost:9559, true",
    "127.0.0.1:50051, 127.0.0.1:50051, true",
    "[::1]:7, [::1]:7, true",
    "[fe80::1], [fe80::1]:9559, false",
    "switch.example:1, switch.example:1, false",
    "10.0.0.1:1, 10.0.0.1:1, false"
  })
  void readsAddresses(String text, String canonical, boolean loopback) {
    assertEquals(canonical, SwitchAddress.parse(text).toString());
    assertEquals(loopback, SwitchAddress.parse(text).isLoopback());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":1", "a:b", "a:0", "a:65536", "::1", "a:1:2", "[::1", "a:123456"})
  void refusesOtherAddresses(String text) {
    assertThrows(BadOption.class, () -> SwitchAddress.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 2",
    "18446744073709551615, 18446744073709551615, 1:0",
    "3:4, 3:4, 3:5",
    "0:9, 9, 10"
  })
  void readsElectionIds(String text, String canonical, String next) {
    assertEquals(canonical, ElectionId.parse(text).toString());
    assertEquals(next, ElectionId.parse(text).next().toString());
    assertTrue(ElectionId.parse(text).compareTo(ElectionId.parse(next)) < 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "0:0", "-1", "1:", "1:2:3", "x", "18446744073709551616"})
  void refusesOtherElectionIds(String text) {
    BadOption e = assertThrows(BadOption.class, () -> ElectionId.parse(text));
    assertEquals(
        "election id: expected N or HIGH:LOW, not zero; found '" + text + "'", e.getMessage());
  }

  @Test
  void plaintextStaysOnThisMachine() {
    SessionOptions options = SessionOptions.of(SwitchAddress.parse("192.0.2.1:9559"));
    BadOption e = assertThrows(BadOption.class, () -> P4RuntimeSession.connect(options));
    assertTrue(
        String.valueOf(e.getMessage())
            .startsWith("target 192.0.2.1:9559: expected TLS to a switch"),
        e::getMessage);
  }

  @Test
  void namesTheKeyFileThatIsMissing(@TempDir Path folder) {
    Path absent = folder.resolve("ca.pem");
    Security.Tls tls = new Security.Tls(Optional.of(absent), Optional.empty(), Optional.empty());
    BadOption e =
        assertThrows(
            BadOption.class,
            () ->
                P4RuntimeSession.connect(SessionOptions.of(SwitchAddress.LOCAL).withSecurity(tls)));
    assertEquals(
        absent + ": expected the TLS certificate authority, a readable PEM file; found none",
        e.getMessage());
  }

  @Test
  void refusesAKeyFileThatIsNone(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("ca.pem"), "not a certificate");
    Security.Tls tls = new Security.Tls(Optional.of(file), Optional.empty(), Optional.empty());
    assertThrows(
        BadOption.class,
        () -> P4RuntimeSession.connect(SessionOptions.of(SwitchAddress.LOCAL).withSecurity(tls)));
  }
}
