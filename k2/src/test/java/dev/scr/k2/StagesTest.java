package dev.scr.k2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A package uses only the stages before it. */
class StagesTest {
  private static final List<String> STAGES =
      List.of("input", "code", "analysis", "proof", "rewrite", "search", "validate", "optimize");

  @Test
  void importsPointBackwards() {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.scr.k2");
    TreeSet<String> wrong = new TreeSet<>();
    for (JavaClass type : classes) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        int target = stage(dependency.getTargetClass());
        if (target > stage(type)) {
          wrong.add(type.getName() + " uses " + dependency.getTargetClass().getName());
        }
      }
    }
    assertEquals(new TreeSet<String>(), wrong);
  }

  private static int stage(JavaClass type) {
    String name = type.getPackageName();
    return name.startsWith("dev.scr.k2.")
        ? STAGES.indexOf(name.substring("dev.scr.k2.".length()))
        : -1;
  }
}
