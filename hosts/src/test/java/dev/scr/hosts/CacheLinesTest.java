package dev.scr.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.hosts.worker.RecoveringReplica;
import dev.scr.wire.HistoryView;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a worker's thread writes for each packet shares no cache line with another object, wherever
 * the collector puts them: each such field is two lines (processors fetch them in pairs) from both
 * ends of its object. HotSpot orders fields by itself, and puts small ones of a class into gaps of
 * its superclasses.
 */
class CacheLinesTest {
  private static final long TWO_LINES = 128;

  /** A field and where it lies. */
  private record Place(Field field, long start, long end) {}

  private static List<Place> places(Class<?> type) {
    List<Place> places = new ArrayList<>();
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          long start = offset(field);
          places.add(new Place(field, start, start + bytes(field.getType())));
        }
      }
    }
    return places;
  }

  /** By reflection, as the compiler warns of the only class that tells. */
  private static long offset(Field field) {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      Field only = unsafe.getDeclaredField("theUnsafe");
      only.setAccessible(true);
      return (long)
          unsafe.getMethod("objectFieldOffset", Field.class).invoke(only.get(null), field);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no field offsets", e);
    }
  }

  private static int bytes(Class<?> type) {
    if (type == long.class || type == double.class) {
      return 8;
    }
    return type == byte.class || type == boolean.class ? 1 : type == short.class ? 2 : 4;
  }

  private static boolean isPadding(Field field) {
    return field.getName().matches("[pq]\\d*");
  }

  /** The fields that may change and lie too close to an end of their object. */
  private static List<String> exposed(Class<?> type) {
    List<Place> places = places(type);
    long end = places.stream().mapToLong(Place::end).max().orElseThrow();
    return places.stream()
        .filter(place -> !Modifier.isFinal(place.field().getModifiers()))
        .filter(place -> !isPadding(place.field()))
        .filter(place -> place.start() < TWO_LINES || place.end() > end - TWO_LINES)
        .map(place -> place.field().getName() + " at " + place.start() + " of " + end)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dev.scr.hosts.bench.WorkerLoop",
        "dev.scr.hosts.worker.RecoveringReplica",
        "dev.scr.wire.HistoryView",
        "dev.scr.ebpf.machine.PaddedEnvironment"
      })
  void whatChangesWithEveryPacketIsFarFromOtherObjects(String name) throws ClassNotFoundException {
    Class<?> type = Class.forName(name);
    assertTrue(places(type).stream().anyMatch(place -> !isPadding(place.field())), name);
    assertEquals(List.of(), exposed(type));
  }

  /** A table's counts lie in the middle of an array; its version changes only if it is shared. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "dev.scr.ebpf.map.HashTableMap",
        "dev.scr.ebpf.map.FreeRecords",
        "dev.scr.ebpf.map.ArrayMap"
      })
  void mapsOfOneWorkerChangeNoField(String name) throws ClassNotFoundException {
    assertEquals(
        List.of(),
        places(Class.forName(name)).stream()
            .map(Place::field)
            .filter(field -> !Modifier.isFinal(field.getModifiers()))
            .map(Field::getName)
            .filter(field -> !field.equals("version"))
            .toList());
  }

  @SuppressWarnings("unused") // looked at by reflection
  private abstract static class Front {
    long p0;
    long p1;
  }

  /** As it stood once: the int went into the gap behind the header, before all padding. */
  @SuppressWarnings("unused") // looked at by reflection
  private static final class InTheGap extends Front {
    int position;
    long q0;
    long q1;
  }

  @Test
  void aFieldInAGapIsNoticed() {
    assertFalse(exposed(InTheGap.class).isEmpty());
    assertEquals(List.of(), exposed(RecoveringReplica.class));
    assertEquals(List.of(), exposed(HistoryView.class));
  }

  /** The fields and arrays in which a method puts references; a collector notes each such store. */
  private static List<String> referenceStores(String type, Set<String> methods) throws IOException {
    try (InputStream bytes =
        HistoryView.class.getResourceAsStream("/" + type.replace('.', '/') + ".class")) {
      List<MethodModel> found =
          ClassFile.of().parse(Objects.requireNonNull(bytes).readAllBytes()).methods().stream()
              .filter(method -> methods.contains(method.methodName().stringValue()))
              .toList();
      assertEquals(
          methods,
          found.stream().map(m -> m.methodName().stringValue()).collect(Collectors.toSet()));
      return found.stream()
          .flatMap(method -> method.code().orElseThrow().elementStream())
          .filter(CacheLinesTest::storesReference)
          .map(Object::toString)
          .toList();
    }
  }

  private static boolean storesReference(CodeElement element) {
    return switch (element) {
      case FieldInstruction field ->
          (field.opcode() == Opcode.PUTFIELD || field.opcode() == Opcode.PUTSTATIC)
              && !field.typeSymbol().isPrimitive();
      case ArrayStoreInstruction store -> store.opcode() == Opcode.AASTORE;
      default -> false;
    };
  }

  @Test
  void handlingAPacketStoresNoReference() throws IOException {
    String environment = "dev.scr.ebpf.machine.Environment";
    assertEquals(
        List.of(), referenceStores(environment, Set.of("begin", "writePacketFields", "setField")));
    assertEquals(List.of(), referenceStores("dev.scr.ebpf.machine.XdpProgram", Set.of("run")));
    assertEquals(
        List.of(),
        referenceStores(
            "dev.scr.hosts.bench.WorkerLoop", Set.of("run", "receive", "fromMemory", "handle")));
    assertEquals(1, referenceStores(environment, Set.of("changeLayout")).size(), "is noticed");
  }
}
