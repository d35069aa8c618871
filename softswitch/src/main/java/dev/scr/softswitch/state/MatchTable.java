package dev.scr.softswitch.state;

import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.state.Refused.Reason;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A match-action table's entries and its default entry.
 *
 * <p>Which entry wins: the one with the highest priority if the table has ternary, range or
 * optional keys, else the one with the longest prefix; among equals, the oldest.
 */
public final class MatchTable {

  /** What the program says about a table. */
  public record Shape(String name, List<KeyField> keyFields, int maxEntries, boolean entriesConst) {
    /** Copies the fields. */
    public Shape {
      keyFields = List.copyOf(keyFields);
    }

    /** Whether entries have a priority: there is a ternary, range or optional key. */
    public boolean prioritized() {
      return keyFields.stream()
          .map(KeyField::kind)
          .anyMatch(kind ->
              kind == MatchKind.TERNARY || kind == MatchKind.RANGE || kind == MatchKind.OPTIONAL);
    }
  }

  private final Shape shape;
  private final int words;
  private final MatchIndex index;
  private final Map<TableEntry.Key, TableEntry> entries = new LinkedHashMap<>();
  private final @Nullable EntryTarget programDefault;
  private final boolean defaultConst;
  private @Nullable EntryTarget defaultTarget;
  private long nextSequence;
  private boolean sealed;

  /** Packets and bytes that missed do not count; the default entry has metadata only. */
  private TableEntry.Metadata defaultMetadata = TableEntry.Metadata.NONE;

  /**
   * An empty table.
   *
   * @param programDefault what a miss leads to until the control plane says otherwise, or null
   * @param defaultConst whether the control plane may not change that
   */
  public MatchTable(Shape shape, @Nullable EntryTarget programDefault, boolean defaultConst) {
    this.shape = shape;
    this.programDefault = programDefault;
    this.defaultConst = defaultConst;
    defaultTarget = programDefault;
    words = shape.keyFields.stream().mapToInt(KeyField::words).sum();
    index = new MatchIndex(words);
  }

  /** What the program says about it. */
  public Shape shape() {
    return shape;
  }

  /** Number of 64-bit words of a lookup key. */
  public int keyWords() {
    return words;
  }

  /** The entry that wins for a lookup key, or null for a miss. Does not allocate. */
  public @Nullable TableEntry lookup(long[] key) {
    return index.find(key);
  }

  /** What a miss leads to, or null for nothing. */
  public @Nullable EntryTarget defaultTarget() {
    return defaultTarget;
  }

  /** Whether the control plane may not change the default entry. */
  public boolean defaultConst() {
    return defaultConst;
  }

  /** What the control plane attached to the default entry. */
  public TableEntry.Metadata defaultMetadata() {
    return defaultMetadata;
  }

  /** All entries, oldest first. */
  public Collection<TableEntry> entries() {
    return entries.values();
  }

  /** The entry with exactly that key. */
  public Optional<TableEntry> entry(TableEntry.Key key) {
    return Optional.ofNullable(entries.get(key));
  }

  /**
   * Adds an entry.
   *
   * @throws Refused if there is one with that key, no room, or the program wrote the entries
   */
  public TableEntry insert(TableEntry.Key key, EntryTarget target) {
    checkWritable();
    if (entries.containsKey(key)) {
      throw new Refused(
          Reason.ALREADY_EXISTS, "table " + shape.name + " already has an entry with that key");
    }
    if (entries.size() >= shape.maxEntries) {
      throw new Refused(
          Reason.FULL, "table " + shape.name + " is full: it holds " + shape.maxEntries);
    }
    TableEntry entry = compile(key, target);
    entries.put(key, entry);
    index.add(entry);
    return entry;
  }

  /**
   * The entry to change.
   *
   * @throws Refused if there is none with that key, or the program wrote the entries
   */
  public TableEntry modify(TableEntry.Key key) {
    checkWritable();
    TableEntry entry = entries.get(key);
    if (entry == null) {
      throw new Refused(Reason.NOT_FOUND, "table " + shape.name + " has no entry with that key");
    }
    return entry;
  }

  /**
   * Removes an entry.
   *
   * @throws Refused as {@link #modify}
   */
  public TableEntry delete(TableEntry.Key key) {
    TableEntry entry = modify(key);
    entries.remove(key);
    index.remove(entry);
    return entry;
  }

  /**
   * Replaces the default entry; null goes back to the program's own.
   *
   * @throws Refused if the program fixed it
   */
  public void setDefault(@Nullable EntryTarget target, TableEntry.Metadata metadata) {
    if (defaultConst) {
      throw new Refused(
          Reason.READ_ONLY, "the program fixed the default action of table " + shape.name);
    }
    defaultTarget = target == null ? programDefault : target;
    defaultMetadata = metadata;
  }

  /** From now on, entries that the program wrote cannot be changed. */
  public void seal() {
    sealed = shape.entriesConst;
  }

  /** Whether entries cannot be changed. */
  public boolean isSealed() {
    return sealed;
  }

  private void checkWritable() {
    if (sealed) {
      throw new Refused(Reason.READ_ONLY, "the program fixed the entries of table " + shape.name);
    }
  }

  private TableEntry compile(TableEntry.Key key, EntryTarget target) {
    long[] value = new long[words];
    long[] mask = new long[words];
    List<TableEntry.RangeCheck> ranges = new ArrayList<>();
    int rank = key.priority();
    int offset = 0;
    for (int i = 0; i < shape.keyFields.size(); i++) {
      KeyField field = shape.keyFields.get(i);
      FieldMatch match = key.fields().get(i);
      int count = field.words();
      switch (match) {
        case FieldMatch.Exact exact ->
            put(value, mask, offset, count, exact.value(), Bits.mask(field.bits()));
        case FieldMatch.Ternary ternary ->
            put(value, mask, offset, count, ternary.value(), ternary.mask());
        case FieldMatch.Lpm lpm -> {
          BigInteger bits = FieldMatch.prefixMask(lpm.prefixLength(), field.bits());
          put(value, mask, offset, count, lpm.value(), bits);
          rank = shape.prioritized() ? rank : lpm.prefixLength();
        }
        case FieldMatch.Range range ->
            ranges.add(
                new TableEntry.RangeCheck(
                    offset, toWords(range.low(), count), toWords(range.high(), count)));
      }
      offset += count;
    }
    return new TableEntry(
        key,
        rank,
        nextSequence++,
        value,
        mask,
        ranges.isEmpty() ? null : ranges.toArray(TableEntry.RangeCheck[]::new),
        target);
  }

  private static void put(
      long[] value, long[] mask, int offset, int count, BigInteger number, BigInteger bits) {
    Bits.toWords(number, value, offset, count);
    Bits.toWords(bits, mask, offset, count);
  }

  private static long[] toWords(BigInteger number, int count) {
    long[] result = new long[count];
    Bits.toWords(number, result, 0, count);
    return result;
  }
}
