package dev.scr.k2.search;

import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.k2.proof.Region;
import dev.scr.k2.search.ByteSource.Change;
import dev.scr.k2.search.ByteSource.Origin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds where bytes can come from: constants, registers, and wide loads, perhaps shifted or
 * swapped. Owned by one thread.
 */
final class ByteSources {
  /** A byte that does not matter. */
  static final int ANY = -1;

  private final Layout layout;
  private final TargetFeatures target;
  private final BaseRegisters bases;
  private final ByteVectors start;
  private final boolean[] usable = new boolean[Reg.COUNT];
  private final Map<Needed, List<ByteSource>> found = new HashMap<>();

  /**
   * @param start what registers and memory hold before the window
   */
  ByteSources(
      Layout layout, TargetFeatures target, Places before, BaseRegisters bases, ByteVectors start) {
    this.layout = layout;
    this.target = target;
    this.bases = bases;
    this.start = start;
    for (int r = 0; r < Reg.COUNT; r++) {
      usable[r] = before.usable(r);
    }
  }

  /** Whether the first bytes of a vector are what is needed. */
  static boolean matches(int[] needed, int[] vector, int bytes) {
    for (int b = 0; b < bytes; b++) {
      if (needed[b] != ANY && needed[b] != vector[b]) {
        return false;
      }
    }
    return true;
  }

  /** Bytes that a source has to have. */
  private record Needed(List<Integer> vector, int bytes) {}

  /** Everything that has the needed bytes, the cheap ones first; {@link #ANY} does not matter. */
  List<ByteSource> of(int[] needed, int bytes) {
    List<Integer> vector = Arrays.stream(needed).boxed().toList();
    return found.computeIfAbsent(new Needed(vector, bytes), _ -> find(needed, bytes));
  }

  private List<ByteSource> find(int[] needed, int bytes) {
    List<ByteSource> found = new ArrayList<>();
    constant(needed, bytes, found);
    for (int r = 0; r < Reg.COUNT; r++) {
      if (usable[r] && matches(needed, start.registers[r], bytes)) {
        found.add(ByteSource.plain(new Origin.Held(r)));
      }
    }
    int first = firstMemory(needed, bytes);
    if (first >= 0) {
      loads(needed, bytes, first, found);
    }
    return found;
  }

  private void constant(int[] needed, int bytes, List<ByteSource> found) {
    long value = 0;
    int top = ANY;
    for (int b = 0; b < 8; b++) {
      int code = b < bytes ? needed[b] : ANY;
      if (code == ANY) {
        // The sign of what was there goes on.
        code = b > 3 && top != ANY && (value >> 31 & 1) != 0 ? 0xff : 0;
      } else if (!ByteVectors.isConstant(code)) {
        return;
      }
      top = code;
      value |= (long) code << (8 * b);
    }
    found.add(ByteSource.plain(new Origin.Constant(value)));
  }

  private static int firstMemory(int[] needed, int bytes) {
    for (int b = 0; b < bytes; b++) {
      if (needed[b] != ANY && ByteVectors.isMemory(needed[b])) {
        return b;
      }
    }
    return -1;
  }

  private void loads(int[] needed, int bytes, int first, List<ByteSource> found) {
    int region = ByteVectors.regionOf(needed[first]);
    int index = ByteVectors.indexOf(needed[first]);
    if (!bases.has(region)) {
      return;
    }
    List<ByteSource> changed = new ArrayList<>();
    for (int width = 1; width <= 8; width *= 2) {
      for (int shift = -7; shift <= 7; shift++) {
        // Byte b of the shifted value is byte b − shift of the load.
        int from = index - (first - shift);
        int[] vector = load(region, from, width);
        if (vector != null && matches(needed, ByteVectors.shifted(vector, shift), bytes)) {
          Change change = shift == 0 ? Change.NONE : new Change(shift, null);
          (shift == 0 ? found : changed)
              .add(new ByteSource(new Origin.Loaded(region, from, width), change));
        }
      }
      SwapOp swap = swap(width);
      if (swap != null) {
        int from = index - (width - 1 - first);
        int[] vector = load(region, from, width);
        if (vector != null && matches(needed, ByteVectors.swapped(vector, swap), bytes)) {
          changed.add(new ByteSource(new Origin.Loaded(region, from, width), new Change(0, swap)));
        }
      }
    }
    found.addAll(changed);
  }

  private static @Nullable SwapOp swap(int width) {
    return switch (width) {
      case 2 -> SwapOp.BE16;
      case 4 -> SwapOp.BE32;
      case 8 -> SwapOp.BE64;
      default -> null;
    };
  }

  private int @Nullable [] load(int region, int index, int width) {
    if (index < 0
        || index + width > layout.size(region)
        || !layout.aligned(region, index + layout.low(region), width, target)) {
      return null;
    }
    boolean context = layout.regions().get(region).kind() == Region.Kind.CONTEXT;
    if (context && !layout.originalAccesses(region, index + layout.low(region), width, false)) {
      return null;
    }
    int[] vector = new int[8];
    for (int b = 0; b < width; b++) {
      if (!layout.readable(region)[index + b]) {
        return null;
      }
      vector[b] = start.memory[region][index + b];
    }
    return vector;
  }
}
