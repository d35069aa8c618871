package dev.scr.hosts.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.hosts.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureFileTest {
  @TempDir Path folder;

  private static Trace read(byte[] bytes) {
    return CaptureFile.read(MemorySegment.ofArray(bytes), "x.pcap").trace();
  }

  private byte[] written(Trace trace) throws IOException {
    Path file = folder.resolve("x.pcap");
    try (PcapWriter writer = new PcapWriter(file)) {
      writer.writeAll(trace);
      writer.commit();
    }
    return Files.readAllBytes(file);
  }

  private static Trace mixed(long seed) {
    return TraceGenerator.generate(new TraceSpec(TraceKind.MIXED, 50, 5, 64, seed));
  }

  private static void assertSame(Trace expected, Trace found) {
    assertEquals(expected.size(), found.size());
    for (int packet = 0; packet < expected.size(); packet++) {
      assertArrayEquals(expected.bytes(packet), found.bytes(packet));
      assertEquals(expected.timestampNs(packet), found.timestampNs(packet));
    }
  }

  @Test
  void writesWhatItReads() throws IOException {
    Trace trace = mixed(1);
    assertSame(trace, read(written(trace)));
    assertSame(new Trace.Builder().build(), read(written(new Trace.Builder().build())));
  }

  @Test
  void nothingAppearsBeforeCommit() throws IOException {
    Path file = folder.resolve("y.pcap");
    try (PcapWriter writer = new PcapWriter(file)) {
      writer.writeAll(mixed(2));
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(0, files.count());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
  void readsClassicFilesOfEitherByteOrderAndResolution(String order) {
    for (int magic : new int[] {PcapReader.MAGIC_MICROSECONDS, PcapReader.MAGIC_NANOSECONDS}) {
      ByteBuffer file = ByteBuffer.allocate(24 + 16 + 3).order(byteOrder(order));
      file.putInt(magic).putShort((short) 2).putShort((short) 4).putInt(0).putInt(0);
      file.putInt(65535).putInt(1);
      file.putInt(7).putInt(9).putInt(3).putInt(60).put(new byte[] {1, 2, 3});
      CaptureFile.Capture capture = CaptureFile.read(MemorySegment.ofArray(file.array()), "x.pcap");
      long fraction = magic == PcapReader.MAGIC_NANOSECONDS ? 9 : 9_000;
      assertEquals(7_000_000_000L + fraction, capture.trace().timestampNs(0));
      assertArrayEquals(new byte[] {1, 2, 3}, capture.trace().bytes(0));
      assertEquals(1, capture.cutPackets());
    }
  }

  private static ByteOrder byteOrder(String name) {
    return name.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
  }

  @ParameterizedTest
  @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
  void readsPcapng(String order) {
    byte[] file = pcapng(byteOrder(order));
    Trace trace = read(file);
    assertEquals(2, trace.size());
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5}, trace.bytes(0));
    assertEquals(5_000_000_007L, trace.timestampNs(0), "ns by the interface's option");
    assertArrayEquals(new byte[] {9, 9}, trace.bytes(1));
  }

  private static byte[] pcapng(ByteOrder order) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    block(
        out,
        order,
        PcapngReader.SECTION_HEADER,
        b -> b.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1));
    block(
        out,
        order,
        1,
        b ->
            b.putShort((short) 1)
                .putShort((short) 0)
                .putInt(0)
                .putShort((short) 9)
                .putShort((short) 1)
                .put((byte) 9)
                .put(new byte[3])
                .putInt(0));
    long ns = 5_000_000_007L;
    block(out, order, 0xbad, b -> b.putInt(1));
    block(
        out,
        order,
        6,
        b ->
            b.putInt(0)
                .putInt((int) (ns >> 32))
                .putInt((int) ns)
                .putInt(5)
                .putInt(5)
                .put(new byte[] {1, 2, 3, 4, 5, 0, 0, 0}));
    block(out, order, 3, b -> b.putInt(2).put(new byte[] {9, 9, 0, 0}));
    return out.toByteArray();
  }

  private static void block(
      ByteArrayOutputStream out,
      ByteOrder order,
      int type,
      java.util.function.Consumer<ByteBuffer> body) {
    ByteBuffer block = ByteBuffer.allocate(256).order(order).putInt(type).putInt(0);
    body.accept(block);
    int length = block.position() + 4;
    block.putInt(length).putInt(4, length);
    out.write(block.array(), 0, length);
  }

  @Test
  void saysWhereAFileIsBroken() throws IOException {
    byte[] file = written(mixed(3));
    assertMessage(": x.pcap: byte 0: expected a pcap or pcapng file, found 0 bytes", new byte[0]);
    assertMessage("magic", "what is this".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertMessage("the file is truncated", Arrays.copyOf(file, file.length - 1));
    assertMessage("expected a file header of 24 bytes, found 23", Arrays.copyOf(file, 23));
    byte[] wifi = file.clone();
    wifi[20] = 105;
    assertMessage("x.pcap: byte 20: expected link type 1 (Ethernet), found 105", wifi);
    byte[] huge = file.clone();
    huge[24 + 11] = 1;
    assertMessage("packet 0: expected a length of at most", huge);
  }

  private static void assertMessage(String part, byte[] file) {
    String message = assertThrows(MalformedCapture.class, () -> read(file)).toString();
    assertTrue(message.contains(part), message);
  }

  @Test
  void brokenFilesAreRefusedNeverCrash() throws IOException {
    byte[] pcap = written(mixed(4));
    Seeds.forAll(
        2_000,
        seed -> {
          SplittableRandom random = new SplittableRandom(seed);
          byte[] whole =
              random.nextBoolean()
                  ? pcap
                  : pcapng(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
          byte[] broken = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
          for (int change = random.nextInt(4); change > 0 && broken.length > 0; change--) {
            broken[random.nextInt(Math.min(broken.length, 200))] = (byte) random.nextInt();
          }
          try {
            read(broken);
          } catch (MalformedCapture expected) {
            assertTrue(expected.toString().contains("x.pcap: byte "));
          }
        });
  }
}
