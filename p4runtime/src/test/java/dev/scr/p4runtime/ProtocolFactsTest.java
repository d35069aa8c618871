package dev.scr.p4runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.p4.bm.DataplaneInterfaceProto;
import org.p4.config.v1.P4InfoProto;
import org.p4.config.v1.P4TypesProto;
import org.p4.v1.P4DataProto;
import org.p4.v1.P4RuntimeProto;

/**
 * Our message definitions state the same facts as p4lang's: every name, number, type and oneof.
 *
 * <p>Needs p4lang's files, {@code mvn test -Dp4runtime.protos=DIR[:DIR]} (or {@code
 * P4RUNTIME_PROTOS}): the {@code proto} folder of p4lang/p4runtime and, for the packet service,
 * {@code services} of p4lang/behavioral-model.
 */
class ProtocolFactsTest {

  @TempDir Path scratch;

  static Stream<FileDescriptorProto> ours() {
    return Stream.of(
            P4RuntimeProto.getDescriptor(),
            P4DataProto.getDescriptor(),
            P4InfoProto.getDescriptor(),
            P4TypesProto.getDescriptor(),
            DataplaneInterfaceProto.getDescriptor())
        .map(file -> file.toProto());
  }

  @ParameterizedTest
  @MethodSource("ours")
  void sameFactsAsP4lang(FileDescriptorProto ours) throws Exception {
    String setting = System.getProperty("p4runtime.protos", "");
    assumeFalse(
        setting.isBlank() || setting.startsWith("${"),
        "p4lang's proto files are not given: mvn test -Dp4runtime.protos=DIR or P4RUNTIME_PROTOS");
    List<Path> folders = Stream.of(setting.split(File.pathSeparator)).map(Path::of).toList();
    for (Path folder : folders) {
      assertTrue(Files.isDirectory(folder), "-Dp4runtime.protos: " + folder + " is not a folder");
    }
    Path file =
        folders.stream()
            .map(d -> d.resolve(ours.getName()))
            .filter(Files::isRegularFile)
            .findFirst()
            .orElse(null);
    assumeTrue(file != null, "no " + ours.getName() + " under -Dp4runtime.protos=" + setting);

    assertEquals(
        String.join("\n", facts(compile(folders, ours.getName()))), String.join("\n", facts(ours)));
  }

  @Test
  void factsAreNotVacuous() {
    List<String> all = ours().flatMap(file -> facts(file).stream()).toList();
    assertTrue(
        all.contains("p4.v1.TableEntry.is_default_action: LABEL_OPTIONAL TYPE_BOOL = 8"),
        "is_default_action");
    assertTrue(
        all.contains(
            "p4.v1.FieldMatch.lpm: LABEL_OPTIONAL TYPE_MESSAGE .p4.v1.FieldMatch.LPM = 4 in field_match_type"));
    assertTrue(all.size() > 500, "only " + all.size() + " facts");
    assertFalse(all.stream().anyMatch(String::isBlank));
  }

  private FileDescriptorProto compile(List<Path> folders, String name)
      throws IOException, InterruptedException {
    Path wellKnown = Files.createDirectories(scratch.resolve("google/protobuf"));
    try (InputStream any =
        Objects.requireNonNull(
            ClassLoader.getSystemResourceAsStream("google/protobuf/any.proto"))) {
      Files.copy(any, wellKnown.resolve("any.proto"));
    }
    Path set = scratch.resolve("p4lang.pb");
    Path log = scratch.resolve("protoc.log");
    List<String> command =
        new ArrayList<>(List.of(protoc().toString(), "--descriptor_set_out=" + set));
    folders.forEach(folder -> command.add("-I" + folder));
    command.add("-I" + scratch);
    command.add(name);
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertEquals(0, process.waitFor(), () -> command + ":\n" + readOrEmpty(log));
    return FileDescriptorSet.parseFrom(Files.readAllBytes(set)).getFile(0);
  }

  private static String readOrEmpty(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /**
   * The compiler that Maven has fetched for the build; it lies in the local repository without its
   * execute bit.
   */
  private Path protoc() throws IOException {
    Path folder = Path.of(System.getProperty("protoc.folder", ""));
    assumeTrue(Files.isDirectory(folder), "no protoc in " + folder + "; run this test with Maven");
    try (Stream<Path> files = Files.list(folder)) {
      Path found = files.filter(f -> f.toString().endsWith(".exe")).findFirst().orElse(null);
      assumeTrue(found != null, "no protoc in " + folder);
      Path executable = Files.copy(Objects.requireNonNull(found), scratch.resolve("protoc"));
      assertTrue(executable.toFile().setExecutable(true));
      return executable;
    }
  }

  private static SortedSet<String> facts(FileDescriptorProto file) {
    SortedSet<String> facts = new TreeSet<>();
    String scope = file.getPackage() + ".";
    file.getMessageTypeList().forEach(message -> messageFacts(scope, message, facts));
    file.getEnumTypeList().forEach(type -> enumFacts(scope, type, facts));
    file.getServiceList().forEach(service -> serviceFacts(scope, service, facts));
    facts.add(file.getName() + ": " + file.getSyntax());
    file.getDependencyList().forEach(other -> facts.add(file.getName() + ": imports " + other));
    return facts;
  }

  private static void messageFacts(String scope, DescriptorProto message, SortedSet<String> facts) {
    String name = scope + message.getName();
    facts.add(name + ": message" + (message.getOptions().getMapEntry() ? " for a map" : ""));
    message.getFieldList().forEach(field -> facts.add(fieldFact(name, message, field)));
    message.getNestedTypeList().forEach(nested -> messageFacts(name + ".", nested, facts));
    message.getEnumTypeList().forEach(nested -> enumFacts(name + ".", nested, facts));
    message
        .getReservedRangeList()
        .forEach(r -> facts.add(name + ": reserved " + r.getStart() + " to " + r.getEnd()));
    message.getReservedNameList().forEach(reserved -> facts.add(name + ": reserved " + reserved));
  }

  private static String fieldFact(
      String scope, DescriptorProto message, FieldDescriptorProto field) {
    return scope
        + "."
        + field.getName()
        + ": "
        + field.getLabel()
        + " "
        + field.getType()
        + (field.hasTypeName() ? " " + field.getTypeName() : "")
        + " = "
        + field.getNumber()
        + (field.hasOneofIndex()
            ? " in " + message.getOneofDecl(field.getOneofIndex()).getName()
            : "")
        + (field.getProto3Optional() ? " optional" : "")
        + (field.getOptions().getDeprecated() ? " deprecated" : "");
  }

  private static void enumFacts(String scope, EnumDescriptorProto type, SortedSet<String> facts) {
    String name = scope + type.getName();
    type.getValueList()
        .forEach(value -> facts.add(name + "." + value.getName() + " = " + value.getNumber()));
  }

  private static void serviceFacts(
      String scope, ServiceDescriptorProto service, SortedSet<String> facts) {
    service
        .getMethodList()
        .forEach(method ->
            facts.add(
                scope
                    + service.getName()
                    + "."
                    + method.getName()
                    + ": "
                    + (method.getClientStreaming() ? "stream " : "")
                    + method.getInputType()
                    + " -> "
                    + (method.getServerStreaming() ? "stream " : "")
                    + method.getOutputType()));
  }
}
