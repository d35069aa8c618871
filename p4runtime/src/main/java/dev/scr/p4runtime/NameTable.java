package dev.scr.p4runtime;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Objects of one kind, found by name or by id. Immutable.
 *
 * <p>A name may be given in full, as its alias, or as any end of it that begins after a dot, as
 * long as only one object has it: {@code settings} for {@code SequencerIngress.settings}.
 *
 * @param <I> the type of their ids
 * @param <T> the objects
 */
public final class NameTable<I extends P4Id, T extends P4Object<I>> {
  private final String where;
  private final String kind;
  private final Map<I, T> byId;

  private NameTable(String where, String kind, Map<I, T> byId) {
    this.where = where;
    this.kind = kind;
    this.byId = byId;
  }

  /**
   * Indexes objects.
   *
   * @param where the beginning of each message, as in {@code portknock.p4info.txtpb}
   * @param kind what they are, in the singular, as in {@code table}
   * @throws BadPipeline if two share an id or a name, or one has none
   */
  static <I extends P4Id, T extends P4Object<I>> NameTable<I, T> of(
      String where, String kind, List<T> objects) {
    Map<I, T> byId = new LinkedHashMap<>();
    Map<String, T> byName = new LinkedHashMap<>();
    for (T object : objects) {
      String found = kind + " '" + object.name() + "' with id " + object.id();
      if (object.name().isEmpty() || object.id().value() == 0) {
        throw new BadPipeline(where + ": expected a name and an id; found " + found);
      }
      T sameId = byId.putIfAbsent(object.id(), object);
      T sameName = byName.putIfAbsent(object.name(), object);
      if (sameId != null || sameName != null) {
        String other = sameId != null ? sameId.name() : object.name();
        throw new BadPipeline(
            where + ": expected unique names and ids; found " + found + " after '" + other + "'");
      }
    }
    return new NameTable<>(where, kind, byId);
  }

  /** All of them, in the order of P4Info. */
  public List<T> all() {
    return List.copyOf(byId.values());
  }

  /** The one with this id. */
  public Optional<T> find(I id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The one with this name, alias, or unique end of a name. */
  public Optional<T> find(String name) {
    List<T> matches = matches(name);
    return matches.size() == 1 ? Optional.of(matches.getFirst()) : Optional.empty();
  }

  /**
   * The one with this name, alias, or unique end of a name.
   *
   * @throws UnknownName if there is none, with the nearest name, or several, with all of them
   */
  public T named(String name) {
    List<T> matches = matches(name);
    if (matches.size() == 1) {
      return matches.getFirst();
    }
    throw new UnknownName(matches.isEmpty() ? unknown(name) : ambiguous(name, matches));
  }

  private List<T> matches(String name) {
    List<T> exact = byId.values().stream().filter(o -> o.name().equals(name)).toList();
    if (!exact.isEmpty()) {
      return exact;
    }
    List<T> aliased = byId.values().stream().filter(o -> o.alias().equals(name)).toList();
    if (!aliased.isEmpty()) {
      return aliased;
    }
    return name.isEmpty()
        ? List.of()
        : byId.values().stream().filter(o -> o.name().endsWith("." + name)).toList();
  }

  private String unknown(String name) {
    String known = byId.values().stream().map(P4Object::alias).collect(Collectors.joining(", "));
    String hint = nearest(name).map(near -> "; did you mean '" + near + "'?").orElse("");
    return where
        + ": expected "
        + (known.isEmpty()
            ? "no " + kind + " (there is none)"
            : article() + kind + " (" + known + ")")
        + "; found '"
        + name
        + "'"
        + hint;
  }

  private String article() {
    return "aeiou".indexOf(kind.charAt(0)) >= 0 ? "an " : "a ";
  }

  private String ambiguous(String name, List<T> matches) {
    return where
        + ": expected the name of one "
        + kind
        + "; found '"
        + name
        + "', which may be "
        + matches.stream().map(P4Object::name).collect(Collectors.joining(" or "))
        + "; give more of its name";
  }

  private Optional<String> nearest(String name) {
    int tolerated = Math.max(1, name.length() / 3);
    return byId.values().stream()
        .flatMap(object -> ends(object).stream())
        .distinct()
        .filter(candidate -> edits(name, candidate) <= tolerated)
        .min(Comparator.comparingInt(candidate -> edits(name, candidate)));
  }

  /** The ways to name an object, shortest first; the last part alone where it is enough. */
  private List<String> ends(T object) {
    String last = object.name().substring(object.name().lastIndexOf('.') + 1);
    return matches(last).size() == 1
        ? List.of(last, object.alias(), object.name())
        : List.of(object.alias(), object.name());
  }

  /** Levenshtein's distance, letter case ignored: how many letters to add, drop or change. */
  private static int edits(String from, String to) {
    int[] above = new int[to.length() + 1];
    for (int column = 0; column <= to.length(); column++) {
      above[column] = column;
    }
    for (int row = 1; row <= from.length(); row++) {
      int[] current = new int[to.length() + 1];
      current[0] = row;
      for (int column = 1; column <= to.length(); column++) {
        char a = Character.toLowerCase(from.charAt(row - 1));
        char b = Character.toLowerCase(to.charAt(column - 1));
        int changed = above[column - 1] + (a == b ? 0 : 1);
        current[column] = Math.min(changed, Math.min(above[column], current[column - 1]) + 1);
      }
      above = current;
    }
    return above[to.length()];
  }

  @Override
  public String toString() {
    return byId.values().toString();
  }
}
