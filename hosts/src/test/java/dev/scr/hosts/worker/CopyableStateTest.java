package dev.scr.hosts.worker;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.object.BpfObject;
import dev.scr.hosts.program.BpfCompiler;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.RecoverySettings;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.WorkerPort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Recovery is refused at the start where a worker could not copy another's state later. */
class CopyableStateTest {
  private static final Path BPF = Path.of("src/main/bpf");

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void programsHereCanBeCopied(PacketProgram program) {
    assertDoesNotThrow(() -> StateMap.requireCopyable(ProgramObject.of(program)));
  }

  @Test
  void aMapThatForgetsTheLeastRecentlyUsedIsRefusedByName() throws Exception {
    assumeTrue(!BpfCompiler.version().isEmpty(), "no clang");
    for (String header : List.of("scr.bpf.h", "variants.bpf.h")) {
      Files.copy(BPF.resolve(header), folder.resolve(header));
    }
    String source =
        Files.readString(BPF.resolve("ddos.bpf.c"))
            .replace("MAP_TYPE(BPF_MAP_TYPE_HASH)", "MAP_TYPE(9)");
    Path object = folder.resolve("ddos.bpf.o");
    Path file = folder.resolve("ddos.bpf.c");
    Files.writeString(file, source);
    BpfCompiler.compile(file, object);
    ProgramObject program = new ProgramObject(PacketProgram.DDOS, BpfObject.read(object));
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new WorkerGroup(
                    program,
                    ReplicaEngine.INTERPRETER,
                    List.of(WorkerPort.defaultOf(0)),
                    Faults.none(),
                    RecoverySettings.DEFAULT,
                    1));
    assertEquals(
        "map state: with recovery of losses, expected a hash or an array, which a worker can copy from"
            + " another; found lru_hash",
        refused.getMessage());
  }
}
