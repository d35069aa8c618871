package dev.scr.softswitch.program;

import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.Operand;
import dev.scr.softswitch.json.PipelineJson;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.packet.HeaderCodec;
import dev.scr.softswitch.packet.HeaderLayout;
import dev.scr.softswitch.packet.PhvLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Names of headers, stacks, unions and fields to their numbers. Used while loading only. */
final class Symbols {

  /** A field of a header instance, or the hidden validity bit if {@code field} is empty. */
  record FieldRef(int header, Optional<FieldLayout> field) {}

  private final PhvLayout layout;
  private final Map<String, Integer> headers = new HashMap<>();
  private final Map<String, PhvLayout.Stack> stackByName = new HashMap<>();
  private final Map<String, Integer> stacks = new HashMap<>();
  private final Map<String, Integer> unions = new HashMap<>();
  private final Map<String, Integer> unionStacks = new HashMap<>();
  private final Map<String, Operand.Field> aliases = new HashMap<>();
  private final Map<String, HeaderCodec> codecs = new HashMap<>();
  private final List<PhvLayout.Union> unionList;
  private final List<PhvLayout.UnionStack> unionStackList;

  Symbols(
      PhvLayout layout,
      List<PhvLayout.Stack> stackList,
      List<PhvLayout.Union> unionList,
      List<PhvLayout.UnionStack> unionStackList,
      PipelineJson json) {
    this.layout = layout;
    this.unionList = unionList;
    this.unionStackList = unionStackList;
    for (int i = 0; i < layout.headerCount(); i++) {
      headers.put(layout.header(i).name(), i);
    }
    for (int i = 0; i < stackList.size(); i++) {
      stacks.put(stackList.get(i).name(), i);
      stackByName.put(stackList.get(i).name(), stackList.get(i));
    }
    for (int i = 0; i < unionList.size(); i++) {
      unions.put(unionList.get(i).name(), i);
    }
    for (int i = 0; i < unionStackList.size(); i++) {
      unionStacks.put(unionStackList.get(i).name(), i);
    }
    for (PipelineJson.FieldAlias alias : json.fieldAliases()) {
      aliases.put(alias.alias(), alias.field());
    }
  }

  PhvLayout layout() {
    return layout;
  }

  int header(String where, String name) {
    return find(where, headers, "header", name);
  }

  HeaderLayout type(int header) {
    return layout.header(header).type();
  }

  HeaderCodec codec(HeaderLayout type) {
    return codecs.computeIfAbsent(type.name(), _ -> new HeaderCodec(type));
  }

  int stack(String where, String name) {
    return find(where, stacks, "header stack", name);
  }

  HeaderLayout stackType(String where, String name) {
    PhvLayout.Stack stack = stackByName.get(name);
    if (stack == null) {
      throw dangling(where, "header stack", name);
    }
    return stack.type();
  }

  int union(String where, String name) {
    return find(where, unions, "header union", name);
  }

  int unionStack(String where, String name) {
    return find(where, unionStacks, "header union stack", name);
  }

  /** A union whose members have the types of all unions in a stack. */
  int unionOfStack(String where, int stack) {
    List<Integer> elements = unionStackList.get(stack).unions();
    if (elements.isEmpty()) {
      throw new MalformedPipeline(where, "the header union stack has no elements");
    }
    return elements.getFirst();
  }

  int unionMember(String where, int union, String member) {
    int index = unionList.get(union).memberNames().indexOf(member);
    if (index < 0) {
      throw dangling(where, "union member", member);
    }
    return index;
  }

  int unionMembers(int union) {
    return unionList.get(union).headers().size();
  }

  boolean sameUnionType(int union, int other) {
    if (unionMembers(union) != unionMembers(other)) {
      return false;
    }
    for (int i = 0; i < unionMembers(union); i++) {
      if (!unionMemberType(union, i).name().equals(unionMemberType(other, i).name())) {
        return false;
      }
    }
    return true;
  }

  HeaderLayout unionMemberType(int union, int member) {
    return type(unionList.get(union).headers().get(member));
  }

  FieldRef field(String where, Operand.Field reference) {
    Operand.Field target =
        aliases.getOrDefault(reference.header() + "." + reference.field(), reference);
    int header = header(where, target.header());
    return new FieldRef(header, fieldOf(where, type(header), target.field()));
  }

  /** The field if the program has it, under its own name or an alias. */
  Optional<FieldRef> optionalField(String header, String field) {
    Operand.Field target =
        aliases.getOrDefault(header + "." + field, new Operand.Field(header, field));
    Integer number = headers.get(target.header());
    if (number == null) {
      return Optional.empty();
    }
    return type(number)
        .field(target.field())
        .map(found -> new FieldRef(number, Optional.of(found)));
  }

  /** A field of a header type; empty for the hidden validity bit. */
  static Optional<FieldLayout> fieldOf(String where, HeaderLayout type, String name) {
    if (name.equals(HeaderLayout.VALID_FIELD)) {
      return Optional.empty();
    }
    Optional<FieldLayout> field = type.field(name);
    if (field.isEmpty()) {
      throw new MalformedPipeline(
          where, "header type \"" + type.name() + "\" has no field \"" + name + "\"");
    }
    return field;
  }

  private static int find(String where, Map<String, Integer> names, String kind, String name) {
    Integer number = names.get(name);
    if (number == null) {
      throw dangling(where, kind, name);
    }
    return number;
  }

  static MalformedPipeline dangling(String where, String kind, String name) {
    return new MalformedPipeline(where, "no " + kind + " \"" + name + "\"");
  }
}
