package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.k2.proof.Postcondition.DeadBytes;
import dev.scr.k2.proof.Precondition.Accessible;
import dev.scr.k2.proof.Precondition.KnownValue;
import dev.scr.k2.proof.Region;
import dev.scr.k2.proof.ValueFact;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The flat form of a window's surroundings: regions by number, and of each the bytes near those
 * that the window touches. Immutable after its construction.
 */
final class Layout {
  /** How far behind what the original touches a candidate may reach. */
  private static final int REACH = 8;

  private final Window window;
  private final List<Region> regions = new ArrayList<>();

  /** Wide loads of addresses, each with a region of its own. */
  private final List<Instruction> addresses = new ArrayList<>();

  private final List<Integer> addressRegions = new ArrayList<>();

  /** By region: first offset from the base, and how many bytes. */
  private int[] low = {};

  private int[] size = {};
  private boolean[][] readable = {};
  private boolean[][] writable = {};
  private boolean[][] live = {};
  private final long[] liveBits = new long[Reg.COUNT];

  /** Accesses that the original makes: region, offset, bytes, 1 for a store; for contexts. */
  private final List<int[]> accesses = new ArrayList<>();

  private Layout(Window window) {
    this.window = window;
  }

  /** The layout of a window; empty if it accesses memory whose place is not known. */
  static Optional<Layout> of(Window window) {
    Layout layout = new Layout(window);
    for (int r = 0; r < Reg.COUNT; r++) {
      layout.liveBits[r] = window.after().liveBits().get(r);
    }
    layout.nameRegions();
    return layout.follow() ? Optional.of(layout) : Optional.empty();
  }

  private void nameRegions() {
    for (ValueFact fact : window.before().registers()) {
      nameRegion(fact);
    }
    for (Accessible accessible : window.before().accessible()) {
      number(accessible.region());
    }
    for (KnownValue known : window.before().known()) {
      number(known.region());
      nameRegion(known.value());
    }
    for (Instruction insn : window.code()) {
      if (insn instanceof LoadWide wide && wide.source() != WideSource.CONSTANT) {
        addresses.add(key(wide));
        addressRegions.add(number(new Region(Region.Kind.OTHER, key(wide).toString())));
      }
    }
  }

  private void nameRegion(ValueFact fact) {
    switch (fact) {
      case ValueFact.Pointer pointer -> number(pointer.region());
      case ValueFact.VariablePointer _,
          ValueFact.SameAs _,
          ValueFact.Scalar _,
          ValueFact.Unusable _ -> {}
    }
  }

  /** A wide load without its register. */
  private static LoadWide key(LoadWide wide) {
    return new LoadWide(Reg.R0, wide.source(), wide.imm(), wide.nextImm());
  }

  private int number(Region region) {
    int known = regions.indexOf(region);
    if (known >= 0) {
      return known;
    }
    regions.add(region);
    return regions.size() - 1;
  }

  /** Follows the original through the window and notes what it accesses. */
  private boolean follow() {
    int count = regions.size();
    int[] from = new int[count];
    int[] to = new int[count];
    // The whole frame at first, so that pointers in it are seen.
    for (int r = 0; r < count; r++) {
      boolean frame = regions.get(r).kind() == Region.Kind.STACK;
      from[r] = frame ? REACH - 512 : Integer.MAX_VALUE;
      to[r] = frame ? -REACH : Integer.MIN_VALUE;
    }
    shape(from, to);
    Arrays.fill(from, Integer.MAX_VALUE);
    Arrays.fill(to, Integer.MIN_VALUE);
    Places places = Places.before(this);
    for (Instruction insn : window.code()) {
      if (!Step.possible(insn)) {
        return false;
      }
      Step step = Step.of(insn, this);
      if (step.accessesMemory()) {
        int region = places.region(step.base);
        if (region < 0) {
          return false;
        }
        int offset = places.offset(step.base) + step.offset;
        if (offset != (short) offset) {
          return false;
        }
        from[region] = Math.min(from[region], offset);
        to[region] = Math.max(to[region], offset + step.bytes);
        accesses.add(new int[] {region, offset, step.bytes, step.writesMemory() ? 1 : 0});
      }
      places.step(step);
    }
    shape(from, to);
    return true;
  }

  private void shape(int[] from, int[] to) {
    int count = regions.size();
    low = new int[count];
    size = new int[count];
    readable = new boolean[count][];
    writable = new boolean[count][];
    live = new boolean[count][];
    for (int r = 0; r < count; r++) {
      if (from[r] <= to[r]) {
        // A stack access is aligned; so are the ends of what may be touched.
        low[r] = Math.floorDiv(from[r] - REACH, 8) * 8;
        size[r] = Math.floorDiv(to[r] + REACH + 7, 8) * 8 - low[r];
      }
      readable[r] = new boolean[size[r]];
      writable[r] = new boolean[size[r]];
      live[r] = new boolean[size[r]];
      Arrays.fill(live[r], true);
    }
    for (Accessible accessible : window.before().accessible()) {
      int r = number(accessible.region());
      mark(readable[r], r, accessible.from(), accessible.to(), true);
      if (accessible.writable()) {
        mark(writable[r], r, accessible.from(), accessible.to(), true);
      }
    }
    boolean[][] written = new boolean[count][];
    for (int r = 0; r < count; r++) {
      written[r] = new boolean[size[r]];
    }
    for (int[] access : accesses) {
      int r = access[0];
      if (access[3] == 1) {
        mark(writable[r], r, access[1], access[1] + access[2], true);
        mark(written[r], r, access[1], access[1] + access[2], true);
      } else {
        for (int i = access[1] - low[r]; i < access[1] - low[r] + access[2]; i++) {
          readable[r][i] |= !written[r][i];
        }
      }
    }
    for (DeadBytes dead : window.after().dead()) {
      int r = regions.indexOf(dead.region());
      if (r >= 0) {
        mark(live[r], r, dead.from(), dead.to(), false);
      }
    }
  }

  private void mark(boolean[] flags, int region, long from, long to, boolean value) {
    long first = Math.max(from - low[region], 0);
    long end = Math.min(to - low[region], flags.length);
    for (long i = first; i < end; i++) {
      flags[(int) i] = value;
    }
  }

  Window window() {
    return window;
  }

  List<Region> regions() {
    return regions;
  }

  int regionCount() {
    return regions.size();
  }

  int low(int region) {
    return low[region];
  }

  int size(int region) {
    return size[region];
  }

  boolean[] readable(int region) {
    return readable[region];
  }

  boolean[] writable(int region) {
    return writable[region];
  }

  boolean[] live(int region) {
    return live[region];
  }

  long liveBits(int register) {
    return liveBits[register];
  }

  /** The region's number, or −1. */
  int indexOf(Region region) {
    return regions.indexOf(region);
  }

  /** The region that a wide load of an address points into; −1 if the window has none such. */
  int regionOf(LoadWide wide) {
    int at = addresses.indexOf(key(wide));
    return at < 0 ? -1 : addressRegions.get(at);
  }

  /** Whether the original makes exactly this access. */
  boolean originalAccesses(int region, int offset, int bytes, boolean store) {
    for (int[] access : accesses) {
      if (access[0] == region
          && access[1] == offset
          && access[2] == bytes
          && access[3] == (store ? 1 : 0)) {
        return true;
      }
    }
    return false;
  }

  /** What registers and memory are after the original. */
  private @Nullable Places end;

  /**
   * Whether the registers that are needed afterwards are what they are after the original: numbers,
   * or pointers into the same region. A part of a pointer can have the right bits and still be
   * refused where a number is expected.
   */
  boolean endsAlike(Places candidate) {
    Places original = end;
    if (original == null) {
      original = Places.before(this);
      for (Instruction insn : window.code()) {
        original.step(Step.of(insn, this));
      }
      end = original;
    }
    for (int r = 0; r < 10; r++) {
      if (liveBits[r] != 0 && original.usable(r) && original.region(r) != candidate.region(r)) {
        return false;
      }
    }
    return true;
  }

  /** The accesses of the original: region, offset, bytes, 1 for a store. */
  List<int[]> accesses() {
    return accesses;
  }

  /** Whether the kernel lets a program make an access of this size at this offset. */
  boolean aligned(int region, int offset, int bytes, TargetFeatures target) {
    return switch (regions.get(region).kind()) {
      case STACK, CONTEXT -> Math.floorMod(offset, bytes) == 0;
      case MAP_VALUE, OTHER -> target.unalignedPacket() || Math.floorMod(offset, bytes) == 0;
      // A packet starts 2 bytes off a multiple of 4 (NET_IP_ALIGN), as the strict rule assumes.
      case PACKET -> target.unalignedPacket() || Math.floorMod(offset + 2, bytes) == 0;
    };
  }
}
