package dev.scr.k2.proof;

import dev.scr.k2.proof.PathMemory.ContextAccess;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Regions that have been proved, with where they lead. From step to step of a sequence most regions
 * stay as they are; one that is the same in everything that its proof depends on is not proved
 * again.
 */
final class RegionMemory {
  private final Map<Key, Result> known = new HashMap<>();

  /**
   * Everything that a proof of a region depends on.
   *
   * @param first instructions of the first version
   * @param second instructions of the second version
   * @param partners for each cut point where the first version ends, the number of the one where
   *     the second one has to
   * @param content what both know where they begin, without their callers' lines, which the texts
   *     have
   */
  record Key(
      List<Object> first, List<Object> second, List<Integer> partners, List<Object> content) {}

  /** What is at the ends of a region, and what it accesses of the context. */
  record Result(List<End> ends, Set<ContextAccess> ofFirst, Set<ContextAccess> ofSecond) {}

  /**
   * A pair of paths that ends at a cut point.
   *
   * @param cut the name of the cut point in the text of the first version
   * @param arrival with names in the texts in place of lines
   */
  record End(int cut, Arrival arrival) {}

  @Nullable Result find(Key key) {
    return known.get(key);
  }

  void keep(Key key, Result result) {
    known.put(key, result);
  }
}
