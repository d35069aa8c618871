package dev.scr.k2.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.LoadAbsolute;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.MalformedObjectException;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** K2's form of a program, and back. */
class InsnsFileTest {
  private static final String MAPS =
      """
      ports { type = 2, key_size = 4, value_size = 8, max_entries = 16, fd = 7 }
      flows { type = 1, key_size = 12, value_size = 4, max_entries = 1024, fd = 3
      """;
  private static final Instruction RETURN_TWO = new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(2));

  @TempDir Path folder;

  private static byte[] code(Instruction... instructions) {
    return Codec.encode(List.of(instructions));
  }

  private static Instruction map(int descriptor) {
    return new LoadWide(Reg.R1, WideSource.MAP_FD, descriptor, 0);
  }

  private static InsnsFile read(
      byte[] code, String name, @Nullable String maps, @Nullable String type) {
    return InsnsFile.of(
        code, name, Optional.ofNullable(maps), Optional.ofNullable(type), Optional.empty());
  }

  @Test
  void descriptorsBecomeIndexesAndAreWrittenAgain() throws IOException {
    byte[] code = code(map(3), map(7), RETURN_TWO, new Exit());
    Files.write(folder.resolve("p.insns"), code);
    Files.writeString(folder.resolve("p.maps"), MAPS);
    Files.writeString(folder.resolve("p.type"), "tc\n");
    ProgramFile file = ProgramFile.read(folder.resolve("p.insns"));
    ProgramSpec program = file.programs().getFirst();
    assertEquals(ProgramType.TC, program.type());
    assertEquals("p", program.name());
    assertEquals(new LoadWide(Reg.R1, WideSource.MAP_INDEX, 1, 0), program.code().get(0));
    assertEquals(MapSpec.of("flows", MapType.HASH, 12, 4, 1024), program.maps().get(1));

    ProgramSpec shorter =
        ProgramSpec.of(
            "p",
            ProgramType.TC,
            List.of(program.code().get(1), RETURN_TWO, new Exit()),
            file.maps());
    Path out = folder.resolve("q.insns");
    file.write(out, List.of(shorter));
    assertArrayEquals(code(map(7), RETURN_TWO, new Exit()), Files.readAllBytes(out));
    assertEquals(MAPS, Files.readString(folder.resolve("q.maps")));
    ProgramFile again = ProgramFile.read(out);
    assertEquals(ProgramType.TC, again.programs().getFirst().type());
    assertEquals(shorter.code(), again.programs().getFirst().code());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(6, files.count(), "no temporary file stays");
    }
  }

  @Test
  void whatIsNotChangedIsWrittenByteForByte() {
    byte[] code = code(map(3), RETURN_TWO, new Exit());
    List<OutputFile> files =
        read(code, "p.insns", MAPS, null).encode(Path.of("o.insns"), List.of());
    assertArrayEquals(code, files.getFirst().bytes());
    assertEquals(2, files.size(), "XDP is the default and needs no .type");
  }

  @ParameterizedTest
  @CsvSource({
    "p, XDP, xdp",
    "xdp_monitor_kern_tracepoint-xdp-xdp_exception, TRACEPOINT, tracepoint",
    "sockex3_kern_socket-0, SOCKET_FILTER, socket",
    "bpf_lxc_2-7, TC, tc",
    "bpf_sock_recvmsg4, CGROUP_SOCK_ADDR, cgroup/recvmsg4"
  })
  void withoutATypeTheNameCounts(String name, ProgramType type, String section) {
    ProgramSpec program =
        read(code(RETURN_TWO, new Exit()), name + ".insns", null, null).programs().getFirst();
    assertEquals(type, program.type());
    assertEquals(section, program.section());
  }

  @Test
  void theDescriptionAndLegacyLoadsAreHints() {
    byte[] plain = code(RETURN_TWO, new Exit());
    byte[] legacy = code(new LoadAbsolute(MemSize.H, 12), new Exit());
    Optional<String> none = Optional.empty();
    Optional<String> skb = Optional.of("{ pgm_input_type = 3, }\n{ max_pkt_sz = 88, }");
    assertEquals(ProgramType.TC, InsnsFile.of(plain, "p.insns", none, none, skb).type().type());
    assertEquals(
        ProgramType.SOCKET_FILTER, InsnsFile.of(legacy, "p.insns", none, none, none).type().type());
    assertEquals(
        ProgramType.XDP,
        InsnsFile.of(legacy, "p.insns", none, Optional.of("xdp"), skb).type().type());
  }

  @Test
  void theHookOfASocketAddressProgramIsToldByItsName() {
    byte[] code = code(RETURN_TWO, new Exit());
    assertEquals(
        "cgroup/recvmsg6", read(code, "a_recvmsg6.insns", null, "sock_addr").type().section());
    assertEquals("cgroup/connect4", read(code, "a.insns", null, "sock_addr").type().section());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x { type = 2, key_size = 4, value_size = 8, max_entries = 1, fd = one }|one of",
        "x type = 2|expected NAME",
        "x { type = 2, key_size = 4 }|expected value_size",
        "x { type = 99, key_size = 4, value_size = 8, max_entries = 1, fd = 3 }|known map type, found 99",
        "x { type = 99999999999, key_size = 4, value_size = 8, max_entries = 1, fd = 3 }|32 bits",
        "flows { type = 2, key_size = 4, value_size = 8, max_entries = 1, fd = 9 }|found flows again",
        "x { type = 2, key_size = 4, value_size = 8, max_entries = 1, fd = 3 }|found fd = 3 again",
        "x { type = 2, colour = 4, value_size = 8, max_entries = 1, fd = 3 }|found 'colour = 4'"
      })
  void aWrongLineOfMapsIsNamed(String line, String expected) {
    byte[] code = code(map(3), RETURN_TWO, new Exit());
    assertRefused(code, MAPS + line, null, "p.maps: line 3: ", expected);
  }

  @Test
  void wrongFilesAreNamed() {
    byte[] code = code(map(4), RETURN_TWO, new Exit());
    assertRefused(
        code, MAPS, null, "p.insns: insn 0", "expected a descriptor of p.maps [7, 3], found 4");
    assertRefused(code, null, null, "p.insns: insn 0", "expected a file p.maps beside it");
    assertRefused(new byte[0], null, null, "p.insns", "found 0 bytes");
    assertRefused(new byte[12], null, null, "p.insns", "multiple of 8 bytes");
    assertRefused(code(RETURN_TWO), null, null, "p.insns: program", "expected");
    assertRefused(code(RETURN_TWO, new Exit()), null, "kprobe", "p.type: line 1", "sock_addr");
  }

  private static void assertRefused(
      byte[] code, @Nullable String maps, @Nullable String type, String place, String expected) {
    String message =
        String.valueOf(
            assertThrows(MalformedObjectException.class, () -> read(code, "p.insns", maps, type))
                .getMessage());
    assertTrue(message.startsWith(place), message);
    assertTrue(message.contains(expected), message);
  }

  @Test
  void aFailedWriteLeavesNothing() throws IOException {
    InsnsFile file = read(code(map(3), RETURN_TWO, new Exit()), "p.insns", MAPS, "tc");
    Path missing = folder.resolve("no/such/o.insns");
    assertThrows(IOException.class, () -> file.write(missing, List.of()));
    Path blocked = Files.createDirectory(folder.resolve("o.insns"));
    Files.createFile(blocked.resolve("full"));
    assertThrows(IOException.class, () -> file.write(blocked, List.of()));
    assertFalse(Files.exists(folder.resolve("no")));
    try (Stream<Path> files = Files.list(folder)) {
      assertTrue(files.noneMatch(path -> path.toString().endsWith(".tmp")));
    }
  }
}
