package dev.scr.linux.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.linux.VethPair;
import dev.scr.linux.call.Errno;
import dev.scr.linux.call.SystemCallException;
import org.junit.jupiter.api.Test;

class NetworkTest {
  @Test
  void loopbackIsFound() {
    NetworkLink loopback = NetworkLink.named("lo");
    assertEquals(1, loopback.index());
    assertEquals("00:00:00:00:00:00", loopback.mac().toString());
  }

  @Test
  void missingInterfaceIsNamed() {
    var refused = assertThrows(SystemCallException.class, () -> NetworkLink.named("eth9"));
    assertEquals("look up interface eth9: ENODEV (No such device)", refused.getMessage());
    var tooLong =
        assertThrows(IllegalArgumentException.class, () -> NetworkLink.named("sixteencharacter"));
    assertTrue(tooLong.toString().contains("expected 1..15 bytes, found 16"));
  }

  @Test
  void missingNamespaceIsNamed() {
    var refused = assertThrows(SystemCallException.class, () -> NetworkNamespace.named("nowhere9"));
    assertEquals(Errno.ENOENT, refused.errno());
    assertTrue(refused.toString().contains("open network namespace nowhere9: ENOENT"));
    assertThrows(IllegalArgumentException.class, () -> NetworkNamespace.named("../etc"));
  }

  @Test
  void threadGoesIntoANamespaceAndBack() throws Exception {
    try (VethPair pair = VethPair.create()) {
      NetworkLink left = pair.inside(() -> NetworkLink.named("left"));
      assertEquals(3000, left.mtu());
      assertTrue(left.up() && left.running(), left::toString);
      assertNotEquals(left.mac(), pair.inside(() -> NetworkLink.named("right")).mac());
      assertEquals(
          Errno.ENODEV,
          assertThrows(SystemCallException.class, () -> NetworkLink.named("left")).errno());
    }
  }

  @Test
  void otherThreadsStayWhereTheyAre() throws Exception {
    try (VethPair pair = VethPair.create()) {
      Thread inside =
          Thread.ofPlatform()
              .start(() -> {
                try (NetworkNamespace namespace = NetworkNamespace.named(pair.namespace())) {
                  namespace.enter();
                }
                assertEquals("left", NetworkLink.named("left").name());
              });
      inside.join();
      assertThrows(SystemCallException.class, () -> NetworkLink.named("left"));
    }
  }

  @Test
  void linkSettingsChange() throws Exception {
    try (VethPair pair = VethPair.create()) {
      pair.inside(() -> {
        NetworkLink.setMtu("left", 9500);
        NetworkLink.setUp("left", false);
        assertEquals(9500, NetworkLink.named("left").mtu());
        assertFalse(NetworkLink.named("left").up());
        NetworkLink.setUp("left", true);
        assertTrue(NetworkLink.named("left").up());
        assertTrue(NetworkLink.setOffload("left", NetworkLink.Offload.TRANSMIT_CHECKSUM, false));
        return 0;
      });
    }
  }

  @Test
  void macAddressHasWireOrder() {
    MacAddress mac = MacAddress.of(new byte[] {0x02, 0, 0, (byte) 0xfe, 1, (byte) 0xff});
    assertEquals(0x020000fe01ffL, mac.value());
    assertEquals("02:00:00:fe:01:ff", mac.toString());
    assertEquals(mac, MacAddress.of(mac.toBytes()));
    assertThrows(IllegalArgumentException.class, () -> new MacAddress(-1));
  }
}
