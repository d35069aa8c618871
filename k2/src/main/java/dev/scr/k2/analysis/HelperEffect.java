package dev.scr.k2.analysis;

import dev.scr.ebpf.isa.Helper;
import dev.scr.ebpf.object.MapSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a helper reads and changes, from the kernel's prototypes ({@code struct bpf_func_proto}): a
 * row per helper. A helper without a row may read and change everything.
 *
 * @param arguments how many of r1 to r5 it reads
 * @param reads memory behind its arguments that it reads
 * @param writes memory behind its arguments that it changes
 * @param result numbers that r0 may be
 * @param changes what else it changes
 */
public record HelperEffect(
    int arguments, List<Span> reads, List<Span> writes, Bounds result, Change changes) {

  /** What a helper changes besides memory behind its arguments. */
  public enum Change {
    /** Nothing. */
    NOTHING,
    /** Values of the map in r1. */
    MAP,
    /** The packet, and pointers into it become invalid. */
    PACKET,
    /** Anything at all. */
    EVERYTHING
  }

  /** How long a piece of memory behind an argument is. */
  public sealed interface Length {}

  /** The key size of the map in r1. */
  public record KeyOfMap() implements Length {}

  /** The value size of the map in r1. */
  public record ValueOfMap() implements Length {}

  /** The number in a register. */
  public record InRegister(int register) implements Length {}

  /**
   * Memory behind an argument.
   *
   * @param register that points to it
   */
  public record Span(int register, Length length) {

    /**
     * How many bytes a helper touches; −1 if that is not known.
     *
     * @param map the index of the map in r1, −1 if that is not known
     */
    long bytes(State state, List<MapSpec> maps, int map) {
      boolean known = map >= 0 && map < maps.size();
      return switch (length) {
        case KeyOfMap _ -> known ? maps.get(map).keySize() : -1;
        case ValueOfMap _ -> known ? maps.get(map).valueSize() : -1;
        case InRegister(int size) -> {
          Term bytes = state.registers[size];
          long max = bytes == null ? -1 : state.bounds(bytes).max();
          yield max < 0 || max > LONGEST ? -1 : max;
        }
      };
    }
  }

  /** Nothing that a program hands to a helper is longer, in bytes. */
  private static final int LONGEST = 1 << 16;

  /**
   * A helper that the kernel defines by {@code BPF_CALL_n} returns 64 bits, so that the sign of an
   * error is in the upper half as well. Operations of maps are not among them: before Linux 6.4
   * they returned an {@code int}, and where a program calls them directly nothing is known of the
   * upper half.
   */
  private static final Bounds INT = Bounds.signed(Integer.MIN_VALUE, Integer.MAX_VALUE);

  private static final Bounds U32 = Bounds.ofWidth(32);
  private static final Span KEY = new Span(2, new KeyOfMap());
  private static final Span VALUE = new Span(3, new ValueOfMap());
  private static final Span QUEUE_VALUE = new Span(2, new ValueOfMap());

  private static final HelperEffect ANYTHING =
      new HelperEffect(5, List.of(), List.of(), Bounds.ANY, Change.EVERYTHING);

  private static final Map<Helper, HelperEffect> ROWS =
      Map.ofEntries(
          row(Helper.MAP_LOOKUP_ELEM, 2, List.of(KEY), List.of(), Bounds.ANY, Change.NOTHING),
          row(Helper.MAP_UPDATE_ELEM, 4, List.of(KEY, VALUE), List.of(), Bounds.ANY, Change.MAP),
          row(Helper.MAP_DELETE_ELEM, 2, List.of(KEY), List.of(), Bounds.ANY, Change.MAP),
          row(Helper.KTIME_GET_NS, 0, List.of(), List.of(), Bounds.ANY, Change.NOTHING),
          row(Helper.KTIME_GET_BOOT_NS, 0, List.of(), List.of(), Bounds.ANY, Change.NOTHING),
          row(Helper.GET_PRANDOM_U32, 0, List.of(), List.of(), U32, Change.NOTHING),
          row(Helper.GET_SMP_PROCESSOR_ID, 0, List.of(), List.of(), U32, Change.NOTHING),
          row(Helper.GET_CURRENT_PID_TGID, 0, List.of(), List.of(), Bounds.ANY, Change.NOTHING),
          row(Helper.TAIL_CALL, 3, List.of(), List.of(), Bounds.ANY, Change.NOTHING),
          row(Helper.REDIRECT, 2, List.of(), List.of(), INT, Change.NOTHING),
          row(Helper.REDIRECT_MAP, 3, List.of(), List.of(), Bounds.ANY, Change.NOTHING),
          row(
              Helper.PERF_EVENT_OUTPUT,
              5,
              List.of(new Span(4, new InRegister(5))),
              List.of(),
              INT,
              Change.NOTHING),
          row(
              Helper.CSUM_DIFF,
              5,
              List.of(new Span(1, new InRegister(2)), new Span(3, new InRegister(4))),
              List.of(),
              Bounds.ANY,
              Change.NOTHING),
          row(
              Helper.FIB_LOOKUP,
              4,
              List.of(new Span(2, new InRegister(3))),
              List.of(new Span(2, new InRegister(3))),
              INT,
              Change.NOTHING),
          row(
              Helper.SKB_LOAD_BYTES,
              4,
              List.of(),
              List.of(new Span(3, new InRegister(4))),
              INT,
              Change.NOTHING),
          row(Helper.XDP_ADJUST_HEAD, 2, List.of(), List.of(), INT, Change.PACKET),
          row(Helper.XDP_ADJUST_META, 2, List.of(), List.of(), INT, Change.PACKET),
          row(Helper.XDP_ADJUST_TAIL, 2, List.of(), List.of(), INT, Change.PACKET),
          row(
              Helper.SKB_STORE_BYTES,
              5,
              List.of(new Span(3, new InRegister(4))),
              List.of(),
              INT,
              Change.PACKET),
          row(Helper.L3_CSUM_REPLACE, 5, List.of(), List.of(), INT, Change.PACKET),
          row(Helper.L4_CSUM_REPLACE, 5, List.of(), List.of(), INT, Change.PACKET),
          row(Helper.MAP_PUSH_ELEM, 3, List.of(QUEUE_VALUE), List.of(), Bounds.ANY, Change.MAP),
          row(Helper.MAP_POP_ELEM, 2, List.of(), List.of(QUEUE_VALUE), Bounds.ANY, Change.MAP),
          row(
              Helper.MAP_PEEK_ELEM,
              2,
              List.of(),
              List.of(QUEUE_VALUE),
              Bounds.ANY,
              Change.NOTHING));

  private static Map.Entry<Helper, HelperEffect> row(
      Helper helper,
      int arguments,
      List<Span> reads,
      List<Span> writes,
      Bounds result,
      Change changes) {
    return Map.entry(helper, new HelperEffect(arguments, reads, writes, result, changes));
  }

  /** Copies the lists. */
  public HelperEffect {
    reads = List.copyOf(reads);
    writes = List.copyOf(writes);
  }

  /** The row of a helper. */
  public static HelperEffect of(int helper) {
    Optional<Helper> known = Helper.ofNumber(helper);
    return known.map(h -> ROWS.getOrDefault(h, ANYTHING)).orElse(ANYTHING);
  }

  /** Whether the helper has a row. */
  public boolean isKnown() {
    return changes != Change.EVERYTHING;
  }

  /** Reads and writes together. */
  public List<Span> touches() {
    List<Span> all = new ArrayList<>(reads);
    all.addAll(writes);
    return all;
  }
}
