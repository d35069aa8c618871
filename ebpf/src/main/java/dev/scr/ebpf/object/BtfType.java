package dev.scr.ebpf.object;

import java.util.List;

/** A BTF type. References are type numbers; 0 is {@code void}. */
public sealed interface BtfType {
  /** The type's name, empty if it has none. */
  String name();

  /** {@code void}. */
  record NoType() implements BtfType {
    @Override
    public String name() {
      return "void";
    }
  }

  /** An integer of {@code size} bytes. */
  record Int(String name, int size, int bits, boolean signed) implements BtfType {}

  /** A pointer. */
  record Pointer(int target) implements BtfType {
    @Override
    public String name() {
      return "";
    }
  }

  /** An array. */
  record Array(int element, int index, long count) implements BtfType {
    @Override
    public String name() {
      return "";
    }
  }

  /**
   * A structure or union.
   *
   * @param size bytes
   */
  record Struct(String name, boolean union, int size, List<Member> members) implements BtfType {}

  /**
   * A member of a structure.
   *
   * @param bits width of a bit field, 0 for an ordinary member
   */
  record Member(String name, int type, int offsetBits, int bits) {}

  /** An enumeration of {@code size} bytes. */
  record Enumeration(String name, int size, List<Constant> constants) implements BtfType {}

  /** A name for a number. */
  record Constant(String name, long value) {}

  /** A type that only refers to another one. */
  record Alias(Kind kind, String name, int target) implements BtfType {
    /** What kind of reference. */
    public enum Kind {
      TYPEDEF,
      VOLATILE,
      CONST,
      RESTRICT,
      TYPE_TAG
    }
  }

  /** A structure that is declared only. */
  record Forward(String name) implements BtfType {}

  /** A function; {@code linkage} is 0 static, 1 global, 2 extern. */
  record Function(String name, int prototype, int linkage) implements BtfType {}

  /** A function's parameters and result. */
  record Prototype(int result, List<Parameter> parameters) implements BtfType {
    @Override
    public String name() {
      return "";
    }
  }

  /** A function's parameter. */
  record Parameter(String name, int type) {}

  /** A variable. */
  record Variable(String name, int type, int linkage) implements BtfType {}

  /** The variables of an ELF section. */
  record DataSection(String name, int size, List<Place> places) implements BtfType {}

  /** Where a variable lies in its section, in bytes. */
  record Place(int variable, int offset, int size) {}

  /** A floating point number of {@code size} bytes. */
  record Real(String name, int size) implements BtfType {}

  /** An annotation of a declaration. */
  record DeclarationTag(String name, int target, int component) implements BtfType {}
}
