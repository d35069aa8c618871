package dev.scr.ebpf.object;

import dev.scr.ebpf.object.BtfType.Alias;
import dev.scr.ebpf.object.BtfType.Array;
import dev.scr.ebpf.object.BtfType.DataSection;
import dev.scr.ebpf.object.BtfType.Enumeration;
import dev.scr.ebpf.object.BtfType.Int;
import dev.scr.ebpf.object.BtfType.Member;
import dev.scr.ebpf.object.BtfType.Place;
import dev.scr.ebpf.object.BtfType.Pointer;
import dev.scr.ebpf.object.BtfType.Struct;
import dev.scr.ebpf.object.BtfType.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The types of an object, section {@code .BTF}. */
public final class Btf {
  /** Longest chain of typedefs, qualifiers and arrays that is followed, as in libbpf. */
  private static final int MAX_DEPTH = 32;

  private final String file;
  private final List<BtfType> types;

  Btf(String file, List<BtfType> types) {
    this.file = file;
    this.types = List.copyOf(types);
  }

  /**
   * A field of a structure.
   *
   * @param offsetBits from the start of the structure
   * @param bits width
   * @param type the type as C would name it
   */
  public record Field(String name, int offsetBits, int bits, String type) {
    /** Offset in bytes of a field that is not a bit field. */
    public int offset() {
      return offsetBits / 8;
    }

    /** Size in bytes of a field that is not a bit field. */
    public int size() {
      return bits / 8;
    }
  }

  /**
   * A structure's layout.
   *
   * @param size bytes
   */
  public record Layout(String name, int size, List<Field> fields) {
    /** The field with this name. */
    public Optional<Field> field(String field) {
      return fields.stream().filter(f -> f.name().equals(field)).findFirst();
    }
  }

  /** The types by number; number 0 is {@code void}. */
  public List<BtfType> types() {
    return types;
  }

  /** Layout of the structure or union with this name; empty if the object has none. */
  public Optional<Layout> struct(String name) {
    return types.stream()
        .filter(Struct.class::isInstance)
        .map(Struct.class::cast)
        .filter(s -> s.name().equals(name))
        .findFirst()
        .map(this::layout);
  }

  /** The variables of a section. */
  public Optional<DataSection> dataSection(String name) {
    return types.stream()
        .filter(DataSection.class::isInstance)
        .map(DataSection.class::cast)
        .filter(s -> s.name().equals(name))
        .findFirst();
  }

  /** The variable that a place in a data section refers to. */
  public Variable variable(Place place) {
    if (type(place.variable()) instanceof Variable variable) {
      return variable;
    }
    throw malformed(
        "type " + place.variable() + ": expected a variable, found " + type(place.variable()));
  }

  /** Number of the variable of this name in a section, and where it lies. */
  public Optional<Place> place(String section, String variable) {
    return dataSection(section).stream()
        .flatMap(s -> s.places().stream())
        .filter(p -> variable(p).name().equals(variable))
        .findFirst();
  }

  /** The type with this number. */
  public BtfType type(int number) {
    if (number < 0 || number >= types.size()) {
      throw malformed("expected a type below " + types.size() + ", found " + number);
    }
    return types.get(number);
  }

  /** Follows typedefs and qualifiers. */
  public BtfType resolve(int number) {
    BtfType type = type(number);
    for (int depth = 0; type instanceof Alias alias; depth++) {
      if (depth > MAX_DEPTH) {
        throw malformed("type " + number + ": expected at most 32 nested aliases, found more");
      }
      type = type(alias.target());
    }
    return type;
  }

  /** Bytes of a value of this type. */
  public long size(int number) {
    return size(number, 0);
  }

  private long size(int number, int depth) {
    if (depth > MAX_DEPTH) {
      throw malformed("type " + number + ": expected at most 32 nested arrays, found more");
    }
    BtfType type = resolve(number);
    return switch (type) {
      case Int integer -> integer.size();
      case Pointer _ -> 8;
      case Array array -> arraySize(number, array, depth);
      case Struct struct -> struct.size();
      case Enumeration enumeration -> enumeration.size();
      case BtfType.Real real -> real.size();
      case Variable variable -> size(variable.type(), depth + 1);
      case DataSection section -> section.size();
      case BtfType.NoType _,
          BtfType.Forward _,
          BtfType.Function _,
          BtfType.Prototype _,
          BtfType.DeclarationTag _,
          Alias _ ->
          throw malformed("type " + number + ": expected a type with a size, found " + type);
    };
  }

  private long arraySize(int number, Array array, int depth) {
    long element = size(array.element(), depth + 1);
    if (element != 0 && array.count() > Integer.MAX_VALUE / element) {
      throw malformed(
          "type "
              + number
              + ": expected an array below 2 GiB, found "
              + array.count()
              + " elements of "
              + element
              + " bytes");
    }
    return element * array.count();
  }

  /** The type as C would name it. */
  public String text(int number) {
    return text(number, 0);
  }

  private String text(int number, int depth) {
    if (depth > MAX_DEPTH) {
      return "…";
    }
    BtfType type = type(number);
    return switch (type) {
      case Pointer pointer -> text(pointer.target(), depth + 1) + " *";
      case Array array -> text(array.element(), depth + 1) + "[" + array.count() + "]";
      case Struct struct -> (struct.union() ? "union " : "struct ") + struct.name();
      case Enumeration enumeration -> "enum " + enumeration.name();
      case Alias alias ->
          switch (alias.kind()) {
            case TYPEDEF -> alias.name();
            case CONST -> "const " + text(alias.target(), depth + 1);
            case VOLATILE -> "volatile " + text(alias.target(), depth + 1);
            case RESTRICT, TYPE_TAG -> text(alias.target(), depth + 1);
          };
      case BtfType.Forward forward -> "struct " + forward.name();
      case BtfType.Prototype _ -> "function";
      case BtfType.NoType _,
          Int _,
          BtfType.Function _,
          Variable _,
          DataSection _,
          BtfType.Real _,
          BtfType.DeclarationTag _ ->
          type.name();
    };
  }

  private Layout layout(Struct struct) {
    List<Field> fields = new ArrayList<>();
    for (Member member : struct.members()) {
      int bits = member.bits() != 0 ? member.bits() : (int) (size(member.type()) * 8);
      fields.add(new Field(member.name(), member.offsetBits(), bits, text(member.type())));
    }
    return new Layout(struct.name(), struct.size(), List.copyOf(fields));
  }

  MalformedObjectException malformed(String what) {
    return new MalformedObjectException(file, "section .BTF", what);
  }
}
