package dev.scr.softswitch.program;

import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.PipelineJson;
import dev.scr.softswitch.json.UnsupportedPipeline;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.packet.FieldLayout.Storage;
import dev.scr.softswitch.packet.HeaderLayout;
import dev.scr.softswitch.packet.PhvLayout;
import dev.scr.softswitch.packet.PhvLayout.HeaderInstance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Header types and instances to the layout of the header vector. */
final class LayoutResolver {

  private static final int WIDEST_FIELD = 1 << 16;
  private static final int LARGEST_HEADER_BYTES = 1 << 16;

  private final PipelineJson json;
  private final Map<String, HeaderLayout> types = new HashMap<>();
  private final Map<Integer, Integer> headerById = new HashMap<>();
  private final Map<Integer, Integer> unionById = new HashMap<>();
  private final Map<String, PipelineJson.UnionType> unionTypes = new HashMap<>();

  private LayoutResolver(PipelineJson json) {
    this.json = json;
  }

  static Symbols resolve(PipelineJson json) {
    return new LayoutResolver(json).symbols();
  }

  private Symbols symbols() {
    for (PipelineJson.HeaderType type : json.headerTypes()) {
      HeaderLayout layout = type(where("header_types", type.name()), type);
      put(types, where("header_types", type.name()), type.name(), layout);
    }
    for (PipelineJson.UnionType type : json.unionTypes()) {
      put(unionTypes, where("header_union_types", type.name()), type.name(), type);
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < json.headers().size(); i++) {
      PipelineJson.Header header = json.headers().get(i);
      put(headerById, where("headers", header.name()), header.id(), i);
      if (names.contains(header.name())) {
        throw new MalformedPipeline(where("headers", header.name()), "two headers of that name");
      }
      names.add(header.name());
    }
    List<PhvLayout.Union> unions = unions();
    List<PhvLayout.Stack> stacks = json.headerStacks().stream().map(this::stack).toList();
    List<PhvLayout.UnionStack> unionStacks =
        json.unionStacks().stream().map(this::unionStack).toList();
    PhvLayout layout = new PhvLayout(instances(unions), stacks, unions, unionStacks);
    return new Symbols(layout, stacks, unions, unionStacks, json);
  }

  private List<HeaderInstance> instances(List<PhvLayout.Union> unions) {
    List<HeaderInstance> instances = new ArrayList<>();
    for (int i = 0; i < json.headers().size(); i++) {
      PipelineJson.Header header = json.headers().get(i);
      String where = where("headers", header.name());
      HeaderLayout type = headerType(where, header.type());
      int union = -1;
      for (int u = 0; u < unions.size(); u++) {
        union = unions.get(u).headers().contains(i) ? u : union;
      }
      instances.add(new HeaderInstance(header.name(), type, header.metadata(), union));
      if (!header.metadata() && type.fixedBits() % 8 != 0) {
        throw new MalformedPipeline(
            where, "a header must have whole bytes, found " + type.fixedBits() + " bits");
      }
    }
    return instances;
  }

  private static HeaderLayout type(String where, PipelineJson.HeaderType type) {
    if (type.lengthExpression()) {
      throw new UnsupportedPipeline(
          where, "unsupported key \"length_exp\"; use an extract with a length");
    }
    List<FieldLayout> fields = new ArrayList<>();
    Set<String> names = new HashSet<>();
    int narrow = 0;
    int wide = 0;
    int bits = 0;
    int variable = 0;
    for (PipelineJson.Field field : type.fields()) {
      String at = where + ": field \"" + field.name() + "\"";
      if (!names.add(field.name())) {
        throw new MalformedPipeline(at, "two fields of that name");
      }
      boolean variableLength = field.bits().isEmpty();
      variable += variableLength ? 1 : 0;
      int width = variableLength ? variableBits(at, type) : width(at, field);
      Storage storage =
          variableLength ? Storage.VARIABLE : width <= 64 ? Storage.NARROW : Storage.WIDE;
      int slot = storage == Storage.NARROW ? narrow++ : wide++;
      fields.add(
          new FieldLayout(
              field.name(), width, field.signed(), field.saturating(), storage, slot, bits));
      bits += variableLength ? 0 : width;
    }
    if (variable > 1) {
      throw new MalformedPipeline(where, "expected at most one variable-length field");
    }
    if (bits > LARGEST_HEADER_BYTES * 8) {
      throw new UnsupportedPipeline(where, "header of more than " + LARGEST_HEADER_BYTES + " B");
    }
    return new HeaderLayout(type.name(), fields, narrow, wide, bits, type.maxBytes());
  }

  private static int width(String where, PipelineJson.Field field) {
    int bits = field.bits().orElseThrow();
    int least = field.signed() ? 2 : 1;
    if (bits < least || bits > WIDEST_FIELD) {
      throw new UnsupportedPipeline(
          where, "expected a width from " + least + " to " + WIDEST_FIELD + " bits, found " + bits);
    }
    return bits;
  }

  /** The widest that a variable-length field can be: what the header's largest size leaves. */
  private static int variableBits(String where, PipelineJson.HeaderType type) {
    int fixed = 0;
    for (PipelineJson.Field field : type.fields()) {
      fixed += Math.min(field.bits().orElse(0), WIDEST_FIELD);
    }
    long bits = type.maxBytes() * 8L - fixed;
    if (bits <= 0 || bits > WIDEST_FIELD) {
      throw new MalformedPipeline(
          where,
          "expected \"max_length\" of the header (in bytes) to leave 1 to "
              + WIDEST_FIELD
              + " bits for the variable-length field, found "
              + type.maxBytes());
    }
    return (int) bits;
  }

  private HeaderLayout headerType(String where, String name) {
    HeaderLayout type = types.get(name);
    if (type == null) {
      throw Symbols.dangling(where, "header type", name);
    }
    return type;
  }

  private int headerNumber(String where, int id) {
    Integer number = headerById.get(id);
    if (number == null) {
      throw new MalformedPipeline(where, "no header with id " + id);
    }
    return number;
  }

  private PhvLayout.Stack stack(PipelineJson.HeaderStack stack) {
    String where = where("header_stacks", stack.name());
    HeaderLayout type = headerType(where, stack.type());
    List<Integer> headers = stack.headerIds().stream().map(id -> headerNumber(where, id)).toList();
    for (int header : headers) {
      String found = json.headers().get(header).type();
      if (!found.equals(stack.type())) {
        throw new MalformedPipeline(
            where, "expected headers of type \"" + stack.type() + "\", found \"" + found + "\"");
      }
    }
    return new PhvLayout.Stack(stack.name(), type, headers);
  }

  private List<PhvLayout.Union> unions() {
    List<PhvLayout.Union> unions = new ArrayList<>();
    for (PipelineJson.Union union : json.unions()) {
      String where = where("header_unions", union.name());
      put(unionById, where, union.id(), unions.size());
      List<String> names =
          unionType(where, union.type()).members().stream()
              .map(PipelineJson.UnionMember::name)
              .toList();
      List<Integer> headers =
          union.headerIds().stream().map(id -> headerNumber(where, id)).toList();
      if (names.size() != headers.size()) {
        throw new MalformedPipeline(
            where, "expected " + names.size() + " members, found " + headers.size());
      }
      checkMemberTypes(where, unionType(where, union.type()), headers);
      unions.add(new PhvLayout.Union(union.name(), names, headers));
    }
    return unions;
  }

  private void checkMemberTypes(String where, PipelineJson.UnionType type, List<Integer> headers) {
    for (int i = 0; i < headers.size(); i++) {
      String expected = type.members().get(i).headerType();
      String found = json.headers().get(headers.get(i)).type();
      if (!expected.equals(found)) {
        throw new MalformedPipeline(
            where,
            "expected member " + i + " of type \"" + expected + "\", found \"" + found + "\"");
      }
    }
  }

  private PipelineJson.UnionType unionType(String where, String name) {
    PipelineJson.UnionType type = unionTypes.get(name);
    if (type == null) {
      throw Symbols.dangling(where, "header union type", name);
    }
    return type;
  }

  private PhvLayout.UnionStack unionStack(PipelineJson.UnionStack stack) {
    String where = where("header_union_stacks", stack.name());
    List<Integer> unions = new ArrayList<>();
    for (int id : stack.unionIds()) {
      Integer number = unionById.get(id);
      if (number == null || !json.unions().get(number).type().equals(stack.type())) {
        throw new MalformedPipeline(
            where, "no header union of type \"" + stack.type() + "\" with id " + id);
      }
      unions.add(number);
    }
    return new PhvLayout.UnionStack(stack.name(), unions);
  }

  private String where(String section, String name) {
    return json.file() + ": " + section + " \"" + name + "\"";
  }

  private static <K, V> void put(Map<K, V> map, String where, K key, V value) {
    if (map.putIfAbsent(key, value) != null) {
      throw new MalformedPipeline(where, "more than one with name or id " + key);
    }
  }
}
