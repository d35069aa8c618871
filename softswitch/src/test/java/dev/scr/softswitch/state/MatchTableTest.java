package dev.scr.softswitch.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.scr.softswitch.Fixture;
import dev.scr.softswitch.packet.Bits;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables against the plainest matcher there is: look at every entry. */
class MatchTableTest {

  /** What kinds of keys a table has. */
  enum Keys {
    EXACT,
    EXACT_AND_LPM,
    LPM,
    TERNARY,
    MIXED,
    RANGES;

    List<MatchKind> kinds() {
      return switch (this) {
        case EXACT -> List.of(MatchKind.EXACT, MatchKind.EXACT);
        case EXACT_AND_LPM -> List.of(MatchKind.EXACT, MatchKind.LPM);
        case LPM -> List.of(MatchKind.LPM);
        case TERNARY -> List.of(MatchKind.TERNARY, MatchKind.TERNARY);
        case MIXED ->
            List.of(
                MatchKind.LPM,
                MatchKind.TERNARY,
                MatchKind.RANGE,
                MatchKind.EXACT,
                MatchKind.OPTIONAL);
        case RANGES -> List.of(MatchKind.RANGE, MatchKind.RANGE);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameEntryWinsAsByLookingAtEveryEntry(Keys keys) {
    for (int i = 0; i < Fixture.seeds() / 10 + 1; i++) {
      long seed = Long.getLong("seed", i);
      new Run(keys, seed).check();
    }
  }

  /** One random history of a table. */
  private static final class Run {
    final SplittableRandom random;
    final String what;
    final List<KeyField> fields = new ArrayList<>();
    final MatchTable table;
    final List<TableEntry> naive = new ArrayList<>();

    Run(Keys keys, long seed) {
      random = new SplittableRandom(seed);
      what = keys + " seed=" + seed;
      for (MatchKind kind : keys.kinds()) {
        int bits = new int[] {1, 3, 8, 32, 64, 70, 128}[random.nextInt(7)];
        fields.add(new KeyField("f" + fields.size(), kind, bits));
      }
      table = new MatchTable(new MatchTable.Shape("t", fields, 100, false), null, false);
    }

    void check() {
      for (int step = 0; step < 120; step++) {
        switch (random.nextInt(4)) {
          case 0, 1 -> insert();
          case 2 -> remove();
          default -> {}
        }
        for (int k = 0; k < 5; k++) {
          lookup();
        }
      }
    }

    /** Few different values, so that entries overlap and packets hit. */
    BigInteger number(int bits) {
      BigInteger small = BigInteger.valueOf(random.nextInt(4));
      BigInteger value = random.nextBoolean() ? small : Bits.mask(bits).subtract(small);
      return Bits.lowBits(value, bits);
    }

    FieldMatch match(KeyField field) {
      BigInteger value = number(field.bits());
      return switch (field.kind()) {
        case EXACT, VALID -> new FieldMatch.Exact(value);
        case LPM -> {
          int length = random.nextInt(field.bits() + 1);
          yield new FieldMatch.Lpm(value.and(FieldMatch.prefixMask(length, field.bits())), length);
        }
        case TERNARY -> {
          BigInteger mask = number(field.bits());
          yield new FieldMatch.Ternary(value.and(mask), mask);
        }
        case OPTIONAL ->
            random.nextBoolean()
                ? FieldMatch.any(MatchKind.OPTIONAL, field.bits())
                : new FieldMatch.Ternary(value, Bits.mask(field.bits()));
        case RANGE -> {
          BigInteger other = number(field.bits());
          yield new FieldMatch.Range(value.min(other), value.max(other));
        }
      };
    }

    void insert() {
      int priority = table.shape().prioritized() ? 1 + random.nextInt(5) : 0;
      TableEntry.Key key = new TableEntry.Key(fields.stream().map(this::match).toList(), priority);
      boolean duplicate = naive.stream().anyMatch(entry -> entry.key().equals(key));
      if (duplicate || naive.size() == 100) {
        assertThrows(Refused.class, () -> table.insert(key, new EntryTarget.Member(1)), what);
      } else {
        naive.add(table.insert(key, new EntryTarget.Member(1)));
      }
    }

    void remove() {
      if (!naive.isEmpty()) {
        TableEntry entry = naive.remove(random.nextInt(naive.size()));
        assertSame(entry, table.delete(entry.key()), what);
      }
    }

    void lookup() {
      List<BigInteger> values = fields.stream().map(field -> number(field.bits())).toList();
      long[] key = new long[table.keyWords()];
      int offset = 0;
      for (int i = 0; i < fields.size(); i++) {
        Bits.toWords(values.get(i), key, offset, fields.get(i).words());
        offset += fields.get(i).words();
      }
      assertSame(winner(values), table.lookup(key), () -> what + " " + values);
    }

    @Nullable TableEntry winner(List<BigInteger> values) {
      TableEntry best = null;
      for (TableEntry entry : naive) {
        boolean matches = true;
        for (int i = 0; i < fields.size(); i++) {
          matches &= entry.key().fields().get(i).matches(values.get(i), fields.get(i).bits());
        }
        if (matches && (best == null || rank(entry) > rank(best))) {
          best = entry;
        }
      }
      return best;
    }

    /** Oldest first in the list, so a later entry must be strictly better. */
    int rank(TableEntry entry) {
      if (table.shape().prioritized()) {
        return entry.key().priority();
      }
      return entry.key().fields().stream()
          .mapToInt(match -> match instanceof FieldMatch.Lpm lpm ? lpm.prefixLength() : 0)
          .sum();
    }
  }

  @Test
  void aFullTableRefusesAndAFixedOneToo() {
    KeyField field = new KeyField("f", MatchKind.EXACT, 8);
    MatchTable table =
        new MatchTable(new MatchTable.Shape("t", List.of(field), 1, true), null, true);
    TableEntry.Key key = new TableEntry.Key(List.of(new FieldMatch.Exact(BigInteger.ONE)), 0);
    TableEntry.Key other = new TableEntry.Key(List.of(new FieldMatch.Exact(BigInteger.TWO)), 0);
    table.insert(key, new EntryTarget.Member(1));
    assertEquals(Refused.Reason.FULL, reason(() -> table.insert(other, new EntryTarget.Member(1))));
    assertEquals(Refused.Reason.NOT_FOUND, reason(() -> table.delete(other)));
    table.seal();
    assertEquals(Refused.Reason.READ_ONLY, reason(() -> table.delete(key)));
    assertEquals(
        Refused.Reason.READ_ONLY, reason(() -> table.setDefault(null, TableEntry.Metadata.NONE)));
    assertNull(table.defaultTarget());
  }

  private static Refused.Reason reason(Runnable change) {
    return assertThrows(Refused.class, change::run).reason();
  }
}
