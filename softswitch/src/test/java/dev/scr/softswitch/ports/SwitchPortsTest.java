package dev.scr.softswitch.ports;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Privileges;
import dev.scr.linux.net.NetworkNamespace;
import dev.scr.linux.packet.PacketSocket;
import dev.scr.linux.packet.SendResult;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.Fixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SwitchPortsTest {

  private static final long WAIT_NS = TimeUnit.SECONDS.toNanos(20);

  @Test
  void framesGoFromPortToPort() throws InterruptedException {
    EmbeddedSwitch device = Fixture.device();
    MemoryPort one = new MemoryPort("one", 100);
    MemoryPort two = new MemoryPort("two", 1);
    try (SwitchPorts ports = SwitchPorts.start(device, Map.of(1, one, 2, two))) {
      byte[] frame = Fixture.hex("01 02 0000 00000000 000000000000 aa");
      assertEquals(true, one.arrive(frame));
      assertArrayEquals(frame, two.depart(WAIT_NS));
      assertEquals(new SwitchPorts.Counts(1, 0, 0), ports.counts().get(1));

      // The second port's queue holds one frame; there is no port 9.
      assertEquals(true, one.arrive(frame));
      assertEquals(true, one.arrive(frame));
      assertEquals(true, one.arrive(Fixture.hex("01 09 0000 00000000 000000000000")));
      assertEquals(true, two.arrive(Fixture.hex("01 01 0000 00000000 000000000000")));
      assertNotNull(one.depart(WAIT_NS));
      long deadline = System.nanoTime() + WAIT_NS;
      while (ports.sentNowhere() == 0 && System.nanoTime() < deadline) {
        Thread.sleep(1);
      }
      assertEquals(new SwitchPorts.Counts(1, 2, 1), ports.counts().get(2));
      assertEquals(1, ports.sentNowhere());

      device.packetOut(Fixture.hex("0080 01 00 0000 00000000 000000000000"));
      assertNotNull(one.depart(WAIT_NS));
    }
  }

  @Test
  void framesGoFromInterfaceToInterface() throws Exception {
    Optional<String> lacking =
        Privileges.lacks(Capability.SYS_ADMIN, Capability.NET_ADMIN, Capability.NET_RAW);
    assumeTrue(lacking.isEmpty(), () -> "network namespaces: " + lacking.orElseThrow());
    String name = "scr-switch-" + ProcessHandle.current().pid();
    try {
      ip("netns", "add", name);
    } catch (IOException e) {
      abort("network namespaces: " + e.getMessage());
    }
    try (NetworkNamespace namespace = NetworkNamespace.named(name)) {
      for (String pair : List.of("1", "2")) {
        ip("-n", name, "link", "add", "host" + pair, "type", "veth", "peer", "name", "port" + pair);
        ip("-n", name, "link", "set", "host" + pair, "up");
        ip("-n", name, "link", "set", "port" + pair, "up");
      }
      namespace.call(() -> {
        exchange();
        return name;
      });
    } finally {
      ip("netns", "del", name);
    }
  }

  private static void exchange() {
    EmbeddedSwitch device = Fixture.device();
    try (PacketSocket host1 = PacketSocket.open("host1");
        PacketSocket host2 = PacketSocket.open("host2");
        SwitchPorts ports =
            SwitchPorts.start(
                device, Map.of(1, InterfacePort.open("port1"), 2, InterfacePort.open("port2")))) {
      // To the program these 14 bytes are its header, to the kernel an Ethernet header.
      byte[] frame = Fixture.hex("10 02 0000 00000000 00000000 88b5" + "aa".repeat(50));
      assertEquals(SendResult.SENT, host1.send(frame));
      byte[] found;
      do {
        found = host2.receive(Duration.ofSeconds(20)).orElseThrow().bytes();
      } while (found[0] != 0x10);
      assertArrayEquals(frame, found);
      // The switch counts a frame after the kernel has taken it, when the host may have it already.
      long giveUpNs = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (sent(ports).sent() == 0 && System.nanoTime() - giveUpNs < 0) {
        Thread.onSpinWait();
      }
      assertEquals(new SwitchPorts.Counts(0, 1, 0), sent(ports));
    }
  }

  /** The counts of port 2, without what the hosts' kernels send by themselves. */
  private static SwitchPorts.Counts sent(SwitchPorts ports) {
    SwitchPorts.Counts counts = ports.counts().get(2);
    assertNotNull(counts);
    return new SwitchPorts.Counts(0, counts.sent(), counts.lost());
  }

  private static void ip(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output.strip());
    }
  }
}
