package dev.scr.hosts.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.pipeline.CompiledArtifact;
import dev.scr.pipeline.PacketProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The committed BPF objects belong to the sources beside them and agree with the Java side. {@code
 * -Dbless=true} compiles anew and writes.
 */
class CompiledObjectTest {
  private static final Path MODULE = Path.of("").toAbsolutePath();
  private static final Path SOURCES = MODULE.resolve("src/main/bpf");

  /** A source, the programs that it includes, and the object made of it. */
  record Compiled(Path source, List<String> included, Path object) {
    CompiledArtifact artifact() {
      return new CompiledArtifact(
          Stream.concat(
                  Stream.of("scr.bpf.h", "variants.bpf.h").map(SOURCES::resolve),
                  Stream.concat(included.stream().map(SOURCES::resolve), Stream.of(source)))
              .toList(),
          object.resolveSibling(object.getFileName().toString().replace(".bpf.o", ".record")));
    }

    @Override
    public String toString() {
      return source.getFileName().toString();
    }
  }

  static Stream<Compiled> objects() {
    Path main = MODULE.resolve("src/main/resources/dev/scr/hosts/program");
    Path test = MODULE.resolve("src/test/resources/dev/scr/hosts/program");
    return Stream.concat(
        Arrays.stream(PacketProgram.values())
            .map(PacketProgram::programName)
            .map(p ->
                new Compiled(SOURCES.resolve(p + ".bpf.c"), List.of(), main.resolve(p + ".bpf.o"))),
        Stream.of(
            planted("traps", List.of("ddos.bpf.c"), test), planted("timed", List.of(), test)));
  }

  private static Compiled planted(String name, List<String> included, Path objects) {
    return new Compiled(
        MODULE.resolve("src/test/bpf/" + name + ".bpf.c"),
        included,
        objects.resolve(name + ".bpf.o"));
  }

  @ParameterizedTest
  @MethodSource("objects")
  void isFresh(Compiled compiled) throws Exception {
    if (Boolean.getBoolean("bless")) {
      Files.createDirectories(compiled.object().getParent());
      BpfCompiler.compile(compiled.source(), compiled.object());
      compiled.artifact().writeRecord(BpfCompiler.version());
    }
    assertTrue(
        compiled.artifact().isFresh(),
        () ->
            compiled
                + " or a file it includes has changed since its object was made: with clang"
                + " installed, run mvn test -pl hosts -am -Dtest=CompiledObjectTest -Dbless=true"
                + " -Dsurefire.failIfNoSpecifiedTests=false");
  }

  @ParameterizedTest
  @MethodSource("objects")
  void recompilesToTheSame(Compiled compiled, @TempDir Path scratch) throws Exception {
    String version = BpfCompiler.version();
    assumeTrue(!version.isEmpty(), "clang or llvm-strip is not installed");
    String recorded = compiled.artifact().recordedCompiler();
    assumeTrue(
        version.equals(recorded),
        () -> "this is " + version + ", the object was made by " + recorded);
    Path again = scratch.resolve("again.bpf.o");
    BpfCompiler.compile(compiled.source(), again);
    assertArrayEquals(Files.readAllBytes(compiled.object()), Files.readAllBytes(again));
  }

  @ParameterizedTest
  @EnumSource
  void metadataFillsASlot(PacketProgram program) {
    assertEquals(program.slotBytes(), ProgramObject.of(program).metadata().size());
  }
}
