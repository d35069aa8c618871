package dev.scr.ebpf.object;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.BpfException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BpfObjectTest {
  private static final long SEED = Long.getLong("seed", 20260101);

  @Test
  void programsMapsTypesAndVariablesAreFound() {
    BpfObject object = Fixtures.object("counter");
    assertEquals("GPL", object.license());
    assertEquals(
        List.of("xdp count", "xdp/second forget", "xdp/second always_drop"),
        object.programs().stream().map(p -> p.section() + " " + p.name()).toList());
    MapSpec state = object.map("state").orElseThrow();
    assertEquals(MapType.HASH, state.type());
    assertEquals(4, state.keySize());
    assertEquals(8, state.valueSize());
    assertEquals(1024, state.maxEntries());
    assertEquals(8, object.map("last").orElseThrow().valueSize());
    assertTrue(object.map(".rodata").orElseThrow().readOnly());
    assertEquals(8, object.variable("threshold").orElseThrow().size());
    assertEquals(4, object.variable("dropped").orElseThrow().size());
  }

  @Test
  void layoutsComeFromBtf() {
    Btf.Layout meta = Fixtures.object("counter").btf().struct("meta").orElseThrow();
    assertEquals(8, meta.size());
    assertEquals(
        List.of(
            new Btf.Field("source", 0, 32, "__u32"),
            new Btf.Field("length", 32, 16, "__u16"),
            new Btf.Field("protocol", 48, 8, "__u8"),
            new Btf.Field("flags", 56, 8, "__u8")),
        meta.fields());
    assertEquals(4, meta.field("length").orElseThrow().offset());
  }

  @Test
  void subProgramsAreLinkedBehindTheirCaller() {
    ProgramSpec count = Fixtures.object("counter").program("count").orElseThrow();
    assertEquals(
        List.of("count", "extract"),
        count.functions().stream().map(ProgramSpec.FunctionStart::name).toList());
    String text = count.code().toString();
    assertTrue(text.contains("call pc+"), text);
    assertTrue(text.contains("map[idx:"), text);
    assertTrue(text.contains("][0]+0 ll"), text);
    ProgramSpec loop = Fixtures.object("reshape").program("loop").orElseThrow();
    assertTrue(loop.code().toString().contains("code[+"), loop.code().toString());
  }

  @Test
  void legacyMapsAreRead() {
    BpfObject object = Fixtures.object("legacy");
    assertEquals(MapSpec.of("first", MapType.ARRAY, 4, 8, 2), object.map("first").orElseThrow());
    assertEquals(MapSpec.of("second", MapType.HASH, 8, 4, 32), object.map("second").orElseThrow());
  }

  @Test
  void wrongFilesAreRefused() {
    refused("ELF header: expected an ELF file", new byte[10]);
    refused("expected the magic number", new byte[100]);
    refused("expected data encoding 1 (little-endian), found 2", changed(5, 2));
    refused("expected class 2 (ELF64), found 1", changed(4, 1));
    refused("expected machine 247 (BPF), found 62", changed(18, 62));
    refused("expected file type 1 (relocatable), found 2", changed(16, 2));
    byte[] whole = Fixtures.bytes("counter");
    refused("expected", Arrays.copyOf(whole, whole.length / 2));
  }

  @Test
  void objectsOfBeforeTheMachineHadANumberAreRead() {
    assertEquals(
        Fixtures.object("counter").programs(), BpfObject.read(changed(18, 0), "old.o").programs());
  }

  private static byte[] changed(int at, int value) {
    byte[] bytes = Fixtures.bytes("counter");
    bytes[at] = (byte) value;
    return bytes;
  }

  private static void refused(String message, byte[] bytes) {
    MalformedObjectException e =
        assertThrows(MalformedObjectException.class, () -> BpfObject.read(bytes, "bad.o"));
    String text = e.getMessage();
    assertTrue(text.startsWith("bad.o: ") && text.contains(message), text);
  }

  /**
   * Every prefix, and objects with random bytes changed, are read or refused with an exception of
   * ours.
   */
  @Test
  void damagedFilesNeverCrash() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (String name : List.of("counter", "reshape", "legacy")) {
      byte[] whole = Fixtures.bytes(name);
      for (int length = 0; length < whole.length; length += 7) {
        readOrRefuse(Arrays.copyOf(whole, length));
      }
      for (int round = 0; round < 3000; round++) {
        byte[] damaged = whole.clone();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
        readOrRefuse(damaged);
      }
    }
  }

  private static void readOrRefuse(byte[] bytes) {
    try {
      BpfObject.read(bytes, "damaged.o");
    } catch (BpfException expected) {
      assertTrue(expected.getMessage().length() > 10);
    }
  }
}
