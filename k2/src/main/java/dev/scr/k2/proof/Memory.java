package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Memory during symbolic execution: for each space what it held at first, by name, and the writes
 * since, byte by byte. Immutable, so paths share what they have in common.
 */
final class Memory {
  private static final String BYTE = "mem:";

  /** Memory that holds something unknown everywhere. */
  static final Memory UNKNOWN = new Memory(Map.of());

  private static final Space UNTOUCHED = new Space("", null);

  /**
   * One space.
   *
   * @param version names what it held before the writes
   */
  private record Space(String version, @Nullable Write last) {}

  /** A byte that was written, and the writes before it. */
  static final class Write {
    private final @Nullable Write before;
    private final Block block;
    private final Term offset;
    private final Term value;

    Write(@Nullable Write before, Block block, Term offset, Term value) {
      this.before = before;
      this.block = block;
      this.offset = offset;
      this.value = value;
    }
  }

  /** A place in memory. */
  record Place(Block block, Term offset) {}

  private final Map<String, Space> spaces;

  private Memory(Map<String, Space> spaces) {
    this.spaces = spaces;
  }

  private Space space(String name) {
    return spaces.getOrDefault(name, UNTOUCHED);
  }

  private Memory with(String name, Space space) {
    Map<String, Space> changed = new HashMap<>(spaces);
    changed.put(name, space);
    return new Memory(changed);
  }

  /** The same memory, but one space holds something unknown with a name from now on. */
  Memory forget(String name, String version) {
    return with(name, new Space(version, null));
  }

  /** Whether nothing was written to a space in one memory and not in the other. */
  boolean sameWrites(String name, Memory that) {
    return space(name).version.equals(that.space(name).version)
        && lastWrite(name) == that.lastWrite(name);
  }

  /** The last write to a space. */
  @Nullable Write lastWrite(String space) {
    return space(space).last;
  }

  /** Places of a space that were written, each once. */
  Map<Place, Boolean> writtenPlaces(String space) {
    Map<Place, Boolean> places = new LinkedHashMap<>();
    for (Write write = lastWrite(space); write != null; write = write.before) {
      places.put(new Place(write.block, write.offset), true);
    }
    return places;
  }

  /** The memory after a write of the lower bytes of a value. */
  Memory write(Terms terms, Block block, Term offset, Term value, int bytes) {
    Space space = space(block.space());
    Write last = space.last;
    for (int i = 0; i < bytes; i++) {
      Term at = terms.add(offset, terms.constant(i));
      last = new Write(last, block, at, terms.slices.extract(value, 8 * i, 8));
    }
    return with(block.space(), new Space(space.version, last));
  }

  /** The bytes at a place, as a number of that width. */
  Term read(Terms terms, Facts facts, Block block, Term offset, int bytes) {
    List<Term> parts = new ArrayList<>();
    for (int i = bytes - 1; i >= 0; i--) {
      parts.add(readByte(terms, facts, block, terms.add(offset, terms.constant(i))));
    }
    return terms.slices.concat(parts);
  }

  private Term readByte(Terms terms, Facts facts, Block block, Term offset) {
    Space space = space(block.space());
    // Newest first: writes that may or may not be to this place become choices.
    List<Write> open = new ArrayList<>();
    List<Term> conditions = new ArrayList<>();
    Term value = null;
    for (Write write = space.last; write != null; write = write.before) {
      Term same = facts.decide(samePlace(terms, write.block, write.offset, block, offset));
      if (same == terms.yes) {
        value = write.value;
        break;
      }
      if (same != terms.no) {
        open.add(write);
        conditions.add(same);
      }
    }
    if (value == null) {
      value = first(terms, block, space.version, offset);
    }
    for (int i = open.size() - 1; i >= 0; i--) {
      value = terms.choose(conditions.get(i), open.get(i).value, value);
    }
    return value;
  }

  /** Whether a term is a byte that memory held before all writes. */
  static boolean isByte(Term term) {
    return term.op == Term.Op.APPLY && term.name.startsWith(BYTE);
  }

  /** What a place held before all writes. */
  private static Term first(Terms terms, Block block, String version, Term offset) {
    String function = BYTE + block.space() + "#" + version;
    return block.many()
        ? terms.apply(function, 8, block.base(), offset)
        : terms.apply(function, 8, offset);
  }

  /** Whether two places of one space are the same byte. */
  static Term samePlace(Terms terms, Block a, Term at, Block b, Term bt) {
    Term sameOffset = terms.equal(at, bt);
    return a.base() == b.base() || sameOffset == terms.no
        ? sameOffset
        : terms.both(sameOffset, terms.equal(a.base(), b.base()));
  }
}
