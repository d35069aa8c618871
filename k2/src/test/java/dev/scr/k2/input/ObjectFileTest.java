package dev.scr.k2.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.MalformedObjectException;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects with some programs changed. */
class ObjectFileTest {
  private static final Path OBJECT =
      Path.of(System.getProperty("scr.root", ".."), "ebpf/src/test/resources/bpf/counter.o");

  @TempDir Path folder;

  private static ProgramSpec shortened(ProgramSpec program) {
    return new ProgramSpec(
        program.name(),
        program.section(),
        program.type(),
        new InstructionList(List.of(new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(2)), new Exit())),
        List.of(new ProgramSpec.FunctionStart(program.name(), 0)),
        program.maps());
  }

  @Test
  void oneProgramIsChangedAndTheOthersStay() throws IOException {
    ProgramFile file = ProgramFile.read(OBJECT);
    ProgramSpec changed = shortened(file.programs().getLast());
    Path out = folder.resolve("out.o");
    file.write(out, List.of(changed));
    ProgramFile again = ProgramFile.read(out);
    assertEquals(file.programs().size(), again.programs().size());
    assertEquals(changed.code(), again.program(changed.name()).orElseThrow().code());
    assertEquals(file.programs().getFirst().code(), again.programs().getFirst().code());
    assertEquals(file.maps(), again.maps());
    Path plain = Files.createFile(folder.resolve("plain"));
    assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(out));
  }

  @Test
  void anUnchangedObjectIsCopied() throws IOException {
    ProgramFile file = ProgramFile.read(OBJECT);
    assertArrayEquals(
        Files.readAllBytes(OBJECT), file.encode(Path.of("o"), file.programs()).getFirst().bytes());
  }

  @Test
  void aProgramOfAnotherObjectIsNotWritten() throws IOException {
    ProgramFile file = ProgramFile.read(OBJECT);
    ProgramSpec stranger =
        ProgramSpec.of(
            "stranger",
            file.programs().getFirst().type(),
            List.of(new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(2)), new Exit()),
            file.maps());
    assertThrows(
        MalformedObjectException.class, () -> file.encode(Path.of("o"), List.of(stranger)));
  }

  /** Sections of old objects are numbers: the loader knows what is in them. */
  @Test
  void theLoaderMaySayWhatAnUnknownSectionHolds() throws IOException {
    String text = Files.readString(OBJECT, StandardCharsets.ISO_8859_1);
    Path unknown = folder.resolve("unknown.o");
    Files.writeString(
        unknown,
        text.replace("relxdp", "relwhy")
            .replace("\0xdp\0", "\0why\0")
            .replace("\0xdp/second", "\0why/second"),
        StandardCharsets.ISO_8859_1);
    assertEquals(ProgramType.OTHER, ProgramFile.read(unknown).programs().getFirst().type());
    ProgramFile file = ProgramFile.read(unknown, "xdp");
    assertEquals(
        ProgramFile.read(OBJECT).programs().stream().map(ProgramSpec::code).toList(),
        file.programs().stream().map(ProgramSpec::code).toList());
    for (ProgramSpec program : file.programs()) {
      assertEquals(ProgramType.XDP, program.type());
    }
    ProgramSpec changed = shortened(file.programs().getLast());
    file.write(unknown, List.of(changed));
    assertEquals(
        changed.code(), ProgramFile.read(unknown).program(changed.name()).orElseThrow().code());
    // What a section says is not overruled.
    assertEquals(ProgramType.XDP, ProgramFile.read(OBJECT, "tc").programs().getFirst().type());
  }
}
