package dev.scr.p4runtime;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import java.util.List;
import org.p4.config.v1.MatchField;
import org.p4.v1.FieldMatch;
import org.p4.v1.TableAction;
import org.p4.v1.TableEntry;

/**
 * Builds a table entry from names and numbers. For one thread.
 *
 * <p>Numbers are unsigned. What is not said about a ternary, LPM, range or optional field matches
 * everything. Each method throws {@link UnknownName} for a name that is not there or a field of
 * another kind, and {@link BadValue} (OUT_OF_RANGE) for a number that is too wide.
 */
public final class EntryBuilder {
  private final P4InfoIndex index;
  private final P4Object.Table table;
  private final TableEntry.Builder entry;

  private EntryBuilder(P4InfoIndex index, P4Object.Table table) {
    this.index = index;
    this.table = table;
    this.entry = TableEntry.newBuilder().setTableId(table.id().value());
  }

  /** An entry that matches packets. */
  public static EntryBuilder entry(P4InfoIndex index, String table) {
    return new EntryBuilder(index, index.tables().named(table));
  }

  /**
   * The entry for packets that no other matches; it can be modified, and not inserted or deleted.
   */
  public static EntryBuilder defaultEntry(P4InfoIndex index, String table) {
    EntryBuilder builder = new EntryBuilder(index, index.tables().named(table));
    builder.entry.setIsDefaultAction(true);
    return builder;
  }

  /** The field has this value. */
  public EntryBuilder exact(String field, long value) {
    P4Object.Field key = field(field, MatchField.MatchType.EXACT);
    return match(
        key,
        FieldMatch.newBuilder()
            .setExact(FieldMatch.Exact.newBuilder().setValue(bytes(key, value))));
  }

  /** The first {@code prefixBits} bits of the field have this value; 0 of them match everything. */
  public EntryBuilder lpm(String field, long value, int prefixBits) {
    P4Object.Field key = field(field, MatchField.MatchType.LPM);
    if (prefixBits < 0 || prefixBits > key.bitwidth()) {
      throw BadValue.tooWide(
          what(key) + ": expected a prefix of 0.." + key.bitwidth() + " bits; found " + prefixBits);
    }
    if (prefixBits == 0) {
      return this;
    }
    BigInteger mask = ones(prefixBits).shiftLeft(key.bitwidth() - prefixBits);
    return match(
        key,
        FieldMatch.newBuilder()
            .setLpm(
                FieldMatch.LPM
                    .newBuilder()
                    .setValue(masked(key, value, mask))
                    .setPrefixLen(prefixBits)));
  }

  /**
   * The bits of the field that are 1 in the mask have this value; a mask of 0 matches everything.
   */
  public EntryBuilder ternary(String field, long value, long mask) {
    P4Object.Field key = field(field, MatchField.MatchType.TERNARY);
    ByteString maskBytes = bytes(key, mask);
    if (mask == 0) {
      return this;
    }
    return match(
        key,
        FieldMatch.newBuilder()
            .setTernary(
                FieldMatch.Ternary.newBuilder()
                    .setValue(masked(key, value, unsigned(mask)))
                    .setMask(maskBytes)));
  }

  /** The field is between these values, both included. */
  public EntryBuilder range(String field, long low, long high) {
    P4Object.Field key = field(field, MatchField.MatchType.RANGE);
    if (Long.compareUnsigned(low, high) > 0) {
      throw BadValue.malformed(
          what(key) + ": expected low <= high; found low=" + low + ", high=" + high);
    }
    if (low == 0 && unsigned(high).equals(ones(key.bitwidth()))) {
      return this;
    }
    return match(
        key,
        FieldMatch.newBuilder()
            .setRange(
                FieldMatch.Range.newBuilder().setLow(bytes(key, low)).setHigh(bytes(key, high))));
  }

  /** The optional field has this value. */
  public EntryBuilder optional(String field, long value) {
    P4Object.Field key = field(field, MatchField.MatchType.OPTIONAL);
    return match(
        key,
        FieldMatch.newBuilder()
            .setOptional(FieldMatch.Optional.newBuilder().setValue(bytes(key, value))));
  }

  /** Which entry wins where several match: the one with the higher number, which is positive. */
  public EntryBuilder priority(int priority) {
    entry.setPriority(priority);
    return this;
  }

  /** What to do with a packet. */
  public EntryBuilder action(ActionCall call) {
    entry.setAction(TableAction.newBuilder().setAction(call.encode(index, table)));
    return this;
  }

  /**
   * The entry.
   *
   * @throws UnknownName if an exact field has no value
   * @throws BadValue if the priority is not what the table's key demands
   */
  public TableEntry build() {
    if (!entry.getIsDefaultAction()) {
      checkKey();
    }
    return entry.build();
  }

  private void checkKey() {
    List<Integer> given = entry.getMatchList().stream().map(FieldMatch::getFieldId).toList();
    for (P4Object.Field field : table.fields().all()) {
      if (field.matchType() == MatchField.MatchType.EXACT && !given.contains(field.id().value())) {
        throw new UnknownName(
            index.source()
                + ": table "
                + table.alias()
                + ": expected a value for each exact field; found none for "
                + field.name());
      }
    }
    if (table.needsPriority() != (entry.getPriority() > 0)) {
      throw BadValue.malformed(
          index.source()
              + ": table "
              + table.alias()
              + ": expected priority "
              + (table.needsPriority() ? "> 0" : "= 0")
              + "; found "
              + entry.getPriority());
    }
  }

  private EntryBuilder match(P4Object.Field key, FieldMatch.Builder match) {
    entry.addMatch(match.setFieldId(key.id().value()));
    return this;
  }

  private P4Object.Field field(String name, MatchField.MatchType expected) {
    P4Object.Field key = table.fields().named(name);
    if (key.matchType() != expected) {
      throw new UnknownName(
          index.source()
              + ": table "
              + table.alias()
              + ": expected "
              + key.matchType()
              + " for field "
              + key.name()
              + "; found "
              + expected);
    }
    return key;
  }

  private ByteString bytes(P4Object.Field key, long value) {
    return CanonicalBytes.encode(value, key.bitwidth(), what(key));
  }

  /** P4Runtime wants the bits that do not count to be 0. */
  private ByteString masked(P4Object.Field key, long value, BigInteger mask) {
    bytes(key, value);
    return CanonicalBytes.encode(unsigned(value).and(mask), key.bitwidth(), what(key));
  }

  private String what(P4Object.Field key) {
    return table.alias() + "." + key.name();
  }

  private static BigInteger unsigned(long value) {
    return new BigInteger(Long.toUnsignedString(value));
  }

  private static BigInteger ones(int bits) {
    return BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
  }
}
