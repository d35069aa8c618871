package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a proof knows about a helper function: its arguments, by the kernel's prototype, and its
 * effect. Helpers with a model of their own (lookups, tail calls, reserved records) are in {@link
 * HelperCalls}; what is not in the table cannot be proved about.
 *
 * @param number the kernel's number
 * @param name the kernel's name without {@code bpf_}
 * @param args one kind for each argument
 * @param result what r0 may be
 */
record HelperModel(int number, String name, List<Arg> args, Effect effect, Result result) {

  /** What an argument is. */
  enum Arg {
    CONTEXT('c'),
    /** The context, or 0 for none. */
    CONTEXT_OR_NULL('n'),
    MAP('m'),
    /** Pointer to a key of the map argument. */
    KEY('k'),
    /** Pointer to a value of the map argument, which is read. */
    VALUE('v'),
    /** Pointer to a value of the map argument, which is written. */
    VALUE_OUT('V'),
    /** A number of which the helper sees the lower half. */
    INT('s'),
    /** A number. */
    LONG('l'),
    /** Pointer to memory that is read; the next argument is its size. */
    READ('r'),
    /** Pointer to memory that is written; the next argument is its size. */
    WRITE('w'),
    /** Pointer to memory that is read and written; the next argument is its size. */
    UPDATE('b'),
    /** Pointer to a lock in a map value. */
    LOCK('L');

    private final char letter;

    Arg(char letter) {
      this.letter = letter;
    }

    private static Arg of(char letter) {
      for (Arg arg : values()) {
        if (arg.letter == letter) {
          return arg;
        }
      }
      throw new IllegalStateException("expected the letter of an argument, found " + letter);
    }
  }

  /** What else a call does. All but the first three keep their order and number. */
  enum Effect {
    /** The same number in every call of a run. */
    CONSTANT('C'),
    /** Another number in every call. */
    FRESH('F'),
    /** A function of its arguments and the memory they point to. */
    PURE('='),
    /** Something outside. */
    OUTSIDE('E'),
    /** Something outside that depends on the packet. */
    READS_PACKET('p'),
    /** Changes the packet, or the socket, that its context shows; old packet pointers are void. */
    CHANGES_PACKET('P'),
    /** Changes the map argument. */
    CHANGES_MAP('M'),
    /** Hands the map that a lock lies in to other processors, or takes it. */
    LOCKS('K');

    private final char letter;

    Effect(char letter) {
      this.letter = letter;
    }

    private static Effect of(char letter) {
      for (Effect effect : values()) {
        if (effect.letter == letter) {
          return effect;
        }
      }
      throw new IllegalStateException("expected the letter of an effect, found " + letter);
    }
  }

  /** What a call returns. */
  enum Result {
    /** Any number of 64 bits. */
    ANY,
    /**
     * A number of 32 bits with its sign in the upper half: 0, a small number or an error of a
     * helper that the kernel defines by {@code BPF_CALL_n}, whose body returns 64 bits. The
     * operations of maps are not among them: before Linux 6.4 they returned an {@code int}, and
     * where a program calls them directly the upper half was whatever it was.
     */
    INT
  }

  /**
   * Number, name, arguments (a dash for none), effect, and {@code i} for a result of 32 bits; from
   * the kernel's bpf.h and filter.c.
   */
  private static final String TABLE =
      """
      2 map_update_elem mkvl M
      3 map_delete_elem mk M
      4 probe_read wsl E
      5 ktime_get_ns - F
      7 get_prandom_u32 - F
      8 get_smp_processor_id - C
      9 skb_store_bytes csrsl P i
      10 l3_csum_replace cslll P i
      11 l4_csum_replace cslll P i
      13 clone_redirect csl P
      14 get_current_pid_tgid - C
      15 get_current_uid_gid - C
      16 get_current_comm ws E
      17 get_cgroup_classid c E
      18 skb_vlan_push css P
      19 skb_vlan_pop c P
      20 skb_get_tunnel_key cwsl E
      21 skb_set_tunnel_key crsl P
      23 redirect sl E i
      24 get_route_realm c E
      25 perf_event_output cmlrl p i
      26 skb_load_bytes cswl p i
      27 get_stackid cml E
      28 csum_diff rsrss =
      29 skb_get_tunnel_opt cws E
      30 skb_set_tunnel_opt crs P
      31 skb_change_proto csl P
      32 skb_change_type cs P
      33 skb_under_cgroup cms E
      34 get_hash_recalc c P
      35 get_current_task - C
      38 skb_change_tail csl P
      39 skb_pull_data cs P
      40 csum_update cs P
      41 set_hash_invalid c P
      42 get_numa_node_id - C
      43 skb_change_head csl P
      44 xdp_adjust_head cs P i
      45 probe_read_str wsl E
      46 get_socket_cookie c E
      47 get_socket_uid c E
      48 set_hash cs P
      49 setsockopt cssrs P
      50 skb_adjust_room cssl P
      51 redirect_map mll E
      54 xdp_adjust_meta cs P i
      57 getsockopt csswl E
      65 xdp_adjust_tail cs P i
      68 skb_load_bytes_relative cswls p
      69 fib_lookup cbss E i
      80 get_current_cgroup_id - C
      87 map_push_elem mvl M
      88 map_pop_elem mV M
      89 map_peek_elem mV M
      93 spin_lock L K
      94 spin_unlock L K
      112 probe_read_user wsl E
      113 probe_read_kernel wsl E
      114 probe_read_user_str wsl E
      115 probe_read_kernel_str wsl E
      118 jiffies64 - F
      122 get_netns_cookie n E
      125 ktime_get_boot_ns - F
      130 ringbuf_output mrll M
      134 ringbuf_query ml E
      152 redirect_neigh srsl E i
      155 redirect_peer sl E i
      188 xdp_get_buff_len c p
      189 xdp_load_bytes cswl p
      190 xdp_store_bytes csrl P
      """;

  private static final Map<Integer, HelperModel> BY_NUMBER = read();

  private static Map<Integer, HelperModel> read() {
    Map<Integer, HelperModel> rows = new HashMap<>();
    for (String line : TABLE.lines().toList()) {
      List<String> fields = List.of(line.split(" ", -1));
      List<Arg> args = new ArrayList<>();
      for (char letter : fields.get(2).replace("-", "").toCharArray()) {
        args.add(Arg.of(letter));
      }
      int number = Integer.parseInt(fields.get(0));
      Effect effect = Effect.of(fields.get(3).charAt(0));
      Result result = fields.size() > 4 ? Result.INT : Result.ANY;
      rows.put(number, new HelperModel(number, fields.get(1), List.copyOf(args), effect, result));
    }
    return Map.copyOf(rows);
  }

  static Optional<HelperModel> of(int number) {
    return Optional.ofNullable(BY_NUMBER.get(number));
  }
}
