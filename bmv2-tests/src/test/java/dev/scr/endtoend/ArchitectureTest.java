package dev.scr.endtoend;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The module table of ARCHITECTURE.md, held by the build. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.scr");

  /** Each module's packages, and the modules that it may see. */
  private static final Map<String, List<String>> MAY_SEE =
      new TreeMap<>(
          Map.of(
              "wire", List.of(),
              "pipeline", List.of("wire"),
              "p4runtime", List.of(),
              "linux", List.of("ebpf"),
              "ebpf", List.of(),
              "controlplane", List.of("wire", "pipeline", "p4runtime"),
              "softswitch", List.of("p4runtime", "linux"),
              "k2", List.of("ebpf", "linux"),
              "hosts", List.of("wire", "pipeline", "ebpf", "linux"),
              "cli",
                  List.of(
                      "wire",
                      "pipeline",
                      "p4runtime",
                      "controlplane",
                      "softswitch",
                      "linux",
                      "ebpf",
                      "k2",
                      "hosts")));

  @TestFactory
  Stream<DynamicTest> modulesDependInOneDirection() {
    return MAY_SEE.entrySet().stream()
        .map(module ->
            DynamicTest.dynamicTest(
                module.getKey(),
                () -> {
                  List<String> forbidden = new ArrayList<>(MAY_SEE.keySet());
                  forbidden.remove(module.getKey());
                  forbidden.removeAll(module.getValue());
                  String[] packages =
                      forbidden.stream().map(m -> "dev.scr." + m + "..").toArray(String[]::new);
                  if (packages.length > 0) {
                    noClasses()
                        .that()
                        .resideInAPackage("dev.scr." + module.getKey() + "..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(packages)
                        .check(CLASSES);
                  }
                }));
  }

  @Test
  void everyPackageBelongsToAModule() {
    classes()
        .should()
        .resideInAnyPackage(
            MAY_SEE.keySet().stream().map(m -> "dev.scr." + m + "..").toArray(String[]::new))
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    for (String module : MAY_SEE.keySet()) {
      slices()
          .matching("dev.scr." + module + ".(*)..")
          .should()
          .beFreeOfCycles()
          .allowEmptyShould(true)
          .check(CLASSES);
    }
  }

  @Test
  void grpcHasTwoDoors() {
    ArchRule rule =
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "dev.scr.controlplane..", "dev.scr.softswitch..", "dev.scr.p4runtime..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.grpc..", "org.p4..", "com.google.protobuf..");
    rule.check(CLASSES);
  }

  @Test
  void systemCallsHaveOneDoor() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.scr.linux..")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.foreign.Linker")
        .check(CLASSES);
  }

  @Test
  void onlyTheBridgeSeesTheMachine() {
    noClasses()
        .that()
        .resideInAPackage("dev.scr.linux..")
        .and()
        .resideOutsideOfPackage("dev.scr.linux.object..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.scr.ebpf..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandLineEndsTheProcessOrPrints() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.scr.cli..")
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }

  @Test
  void workersUseNoBoxesStreamsOrLoggers() {
    noClasses()
        .that()
        .haveFullyQualifiedName("dev.scr.hosts.worker.Replica")
        .or()
        .haveFullyQualifiedName("dev.scr.hosts.worker.MachineProgram")
        .or()
        .haveFullyQualifiedName("dev.scr.hosts.worker.WorkerLog")
        .or()
        .haveFullyQualifiedName("dev.scr.wire.HistoryView")
        .should()
        .dependOnClassesThat(
            resideInAPackage("java.util.stream")
                .or(resideInAPackage("java.util.logging"))
                .as("streams or loggers"))
        .check(CLASSES);
  }
}
