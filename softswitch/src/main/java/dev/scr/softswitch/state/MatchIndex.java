package dev.scr.softswitch.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the winning entry for a lookup key by tuple space search: entries with the same mask form a
 * group with one hash table over the masked key. Groups are visited in the order of the best rank
 * in them, so an exact table takes one probe and a longest-prefix table one per prefix length.
 */
final class MatchIndex {

  private static final class Probe {
    long[] words;
    int hash;

    Probe(long[] words) {
      this.words = words;
      hash = Arrays.hashCode(words);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Probe probe && Arrays.equals(words, probe.words);
    }
  }

  private static final class Group {
    final long[] mask;
    final Map<Probe, TableEntry[]> entries = new HashMap<>();
    final TreeMap<Integer, Integer> entriesOfRank = new TreeMap<>();
    int bestRank = Integer.MIN_VALUE;

    Group(long[] mask) {
      this.mask = mask;
    }
  }

  private final Probe probe;
  private final long[] masked;
  private Group[] groups = new Group[0];

  MatchIndex(int words) {
    masked = new long[words];
    probe = new Probe(masked);
  }

  @Nullable TableEntry find(long[] key) {
    TableEntry best = null;
    for (Group group : groups) {
      if (best != null && group.bestRank < best.rank) {
        return best;
      }
      TableEntry found = findIn(group, key);
      if (found != null && (best == null || found.beats(best))) {
        best = found;
      }
    }
    return best;
  }

  private @Nullable TableEntry findIn(Group group, long[] key) {
    int hash = 1;
    for (int i = 0; i < masked.length; i++) {
      long word = key[i] & group.mask[i];
      masked[i] = word;
      hash = 31 * hash + (int) (word ^ (word >>> 32));
    }
    probe.hash = hash;
    TableEntry[] candidates = group.entries.get(probe);
    if (candidates != null) {
      for (TableEntry entry : candidates) {
        if (inRanges(entry, key)) {
          return entry;
        }
      }
    }
    return null;
  }

  private static boolean inRanges(TableEntry entry, long[] key) {
    if (entry.ranges != null) {
      for (TableEntry.RangeCheck range : entry.ranges) {
        if (!range.contains(key)) {
          return false;
        }
      }
    }
    return true;
  }

  void add(TableEntry entry) {
    Group group = groupOf(entry);
    if (group == null) {
      group = new Group(entry.mask);
      groups = Arrays.copyOf(groups, groups.length + 1);
      groups[groups.length - 1] = group;
    }
    Probe at = new Probe(entry.value);
    TableEntry[] old = group.entries.get(at);
    List<TableEntry> candidates = old == null ? new ArrayList<>() : new ArrayList<>(List.of(old));
    candidates.add(entry);
    candidates.sort((a, b) -> a.beats(b) ? -1 : b.beats(a) ? 1 : 0);
    group.entries.put(at, candidates.toArray(TableEntry[]::new));
    group.entriesOfRank.merge(entry.rank, 1, Integer::sum);
    updateRank(group);
  }

  void remove(TableEntry entry) {
    Group group = groupOf(entry);
    if (group == null) {
      return;
    }
    Probe at = new Probe(entry.value);
    TableEntry[] old = group.entries.get(at);
    if (old == null) {
      return;
    }
    TableEntry[] rest =
        Arrays.stream(old).filter(other -> other != entry).toArray(TableEntry[]::new);
    if (rest.length > 0) {
      group.entries.put(at, rest);
    } else {
      group.entries.remove(at);
    }
    group.entriesOfRank.computeIfPresent(entry.rank, (_, count) -> count == 1 ? null : count - 1);
    if (group.entries.isEmpty()) {
      groups = Arrays.stream(groups).filter(other -> other != group).toArray(Group[]::new);
    } else {
      updateRank(group);
    }
  }

  private @Nullable Group groupOf(TableEntry entry) {
    for (Group group : groups) {
      if (Arrays.equals(group.mask, entry.mask)) {
        return group;
      }
    }
    return null;
  }

  private void updateRank(Group group) {
    int best = group.entriesOfRank.lastKey();
    if (best != group.bestRank) {
      group.bestRank = best;
      Arrays.sort(groups, (a, b) -> Integer.compare(b.bestRank, a.bestRank));
    }
  }

  void clear() {
    groups = new Group[0];
  }
}
