package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.object.MapType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Calls of helper functions on one path: arguments, events, results. */
final class HelperCalls {
  private static final int LOOKUP = 1;
  private static final int TAIL_CALL = 12;
  private static final int TRACE_PRINTK = 6;
  private static final int RINGBUF_RESERVE = 131;
  private static final int RINGBUF_SUBMIT = 132;
  private static final int RINGBUF_DISCARD = 133;

  /** Helpers that are not in the table of models. */
  private static final Set<Integer> SPECIAL =
      Set.of(LOOKUP, TAIL_CALL, TRACE_PRINTK, RINGBUF_RESERVE, RINGBUF_SUBMIT, RINGBUF_DISCARD);

  /** Whether it is known what a helper does. */
  static boolean isKnown(int number) {
    return SPECIAL.contains(number) || HelperModel.of(number).isPresent();
  }

  /** Says of which helper nothing is known. */
  static String unknown(int number) {
    return "expected a helper with a model, found number " + number;
  }

  private final Universe universe;
  private final Terms terms;
  private final PathMemory memory;

  HelperCalls(Universe universe, PathMemory memory) {
    this.universe = universe;
    this.terms = universe.terms;
    this.memory = memory;
  }

  /** Executes a call; the ways that it can go are told to {@code ways}. */
  void call(PathState state, int number, Ways ways) {
    switch (number) {
      case LOOKUP -> lookup(state, ways);
      case TAIL_CALL -> tailCall(state, ways);
      case TRACE_PRINTK -> print(state, ways);
      case RINGBUF_RESERVE -> reserve(state, ways);
      case RINGBUF_SUBMIT, RINGBUF_DISCARD -> commit(state, number, ways);
      default -> {
        HelperModel model = HelperModel.of(number).orElseThrow(() -> new Refusal(unknown(number)));
        modelled(state, model, ways);
      }
    }
  }

  private static Term arg(PathState state, int number) {
    return state.registers.get(Reg.of(number));
  }

  /** The registers after a call: a result, and no arguments. */
  static void finish(PathState state, Term result) {
    state.registers.set(Reg.R0, result);
    for (int i = 1; i <= 5; i++) {
      state.registers.set(Reg.of(i), null);
    }
  }

  private List<Term> key(PathState state, int map, Term pointer) {
    return map == Universe.INNER
        ? memory.readFrame(state, pointer)
        : memory.readChunks(state, pointer, universe.spec(map).keySize());
  }

  private String epoch(PathState state, int map) {
    return state.epochs.getOrDefault(map, "");
  }

  /**
   * A lookup is a function of the key until the map changes. Only in maps that forget what was used
   * least ({@code LRU}) it has an effect.
   */
  private void lookup(PathState state, Ways ways) {
    int map = universe.map(arg(state, 1));
    List<Term> key = key(state, map, arg(state, 2));
    if (map == Universe.INNER) {
      lookupInner(state, key, ways);
      return;
    }
    MapType type = universe.spec(map).type();
    if (type == MapType.LRU_HASH || type == MapType.LRU_PERCPU_HASH) {
      addEvent(state, "lookup in map " + map, key, List.of());
    }
    Term found = universe.found(map, epoch(state, map), key);
    Term value = universe.value(map, epoch(state, map), key);
    ways.when(found, s -> finish(s, value));
    ways.when(terms.not(found), s -> finish(s, terms.constant(0)));
  }

  /** An inner map may be of any type, so each lookup counts as a use and finds what it finds. */
  private void lookupInner(PathState state, List<Term> key, Ways ways) {
    List<Term> values = new ArrayList<>(key);
    values.add(arg(state, 1));
    String name = addEvent(state, "lookup in an inner map", values, List.of());
    Term found = terms.equal(terms.symbol("found" + name, 1), terms.number(1, 1));
    Term value = universe.innerValue(name);
    ways.when(found, s -> finish(s, value));
    ways.when(terms.not(found), s -> finish(s, terms.constant(0)));
  }

  /** What the next program can see: everything but the stack. */
  List<String> visible(PathState state) {
    List<String> spaces = new ArrayList<>();
    spaces.add(Universe.CONTEXT);
    spaces.add(Universe.PACKET + state.packet);
    for (int map = Universe.INNER; map < universe.maps.size(); map++) {
      spaces.add(Universe.mapSpace(map));
    }
    return spaces;
  }

  private void tailCall(PathState state, Ways ways) {
    requireContext(state);
    int map = universe.map(arg(state, 2));
    List<Term> values = List.of(low(arg(state, 3)));
    String name = state.nextEvent();
    addEvent(state, "tail call through map " + map, values, visible(state));
    Term jumps = terms.equal(terms.symbol("jumps" + name, 1), terms.number(1, 1));
    ways.end(jumps, "tail call");
    ways.when(terms.not(jumps), s -> finish(s, terms.symbol("r0" + name, 64)));
  }

  private void requireContext(PathState state) {
    if (arg(state, 1) != universe.context) {
      throw new Refusal("expected the context in r1, found " + arg(state, 1));
    }
  }

  private Term low(Term value) {
    return terms.slices.extract(value, 0, 32);
  }

  /** The number of arguments depends on the text, so all that have a value count. */
  private void print(PathState state, Ways ways) {
    int bytes = size(arg(state, 2));
    List<Term> values = new ArrayList<>(memory.readChunks(state, arg(state, 1), bytes));
    for (int i = 2; i <= 5; i++) {
      Term value = state.registers.peek(Reg.of(i));
      values.add(value == null ? terms.symbol("none", 64) : value);
    }
    result(addEvent(state, "trace_printk", values, List.of()), HelperModel.Result.ANY, ways);
  }

  private void reserve(PathState state, Ways ways) {
    int map = universe.map(arg(state, 1));
    int bytes = size(arg(state, 2));
    List<Term> values = List.of(arg(state, 2), arg(state, 3));
    String name = addEvent(state, "ringbuf_reserve in map " + map, values, List.of());
    Term found = terms.equal(terms.symbol("room" + name, 1), terms.number(1, 1));
    Term record = universe.reserve("record" + name, bytes);
    ways.when(found, s -> finish(s, record));
    ways.when(terms.not(found), s -> finish(s, terms.constant(0)));
  }

  private void commit(PathState state, int number, Ways ways) {
    Memory.Place place = memory.place(arg(state, 1));
    List<Term> values = List.of(arg(state, 1), arg(state, 2));
    String what = number == RINGBUF_SUBMIT ? "ringbuf_submit" : "ringbuf_discard";
    addEvent(state, what, values, List.of(place.block().space()));
    ways.when(terms.yes, s -> finish(s, terms.constant(0)));
  }

  private static int size(Term term) {
    if (!term.isConstant() || term.value < 0 || term.value > 1 << 16) {
      throw new Refusal("expected a constant size, found " + term);
    }
    return (int) term.value;
  }

  private void modelled(PathState state, HelperModel model, Ways ways) {
    Arguments arguments = new Arguments(state, model);
    switch (model.effect()) {
      case CONSTANT -> {
        Term result = terms.symbol(model.name(), constantBits(model));
        ways.when(terms.yes, s -> finish(s, terms.slices.widen(result, 64)));
      }
      case FRESH -> {
        int count = state.counts.merge(model.name(), 1, Integer::sum);
        Term result = terms.symbol(model.name() + "#" + count, constantBits(model));
        ways.when(terms.yes, s -> finish(s, terms.slices.widen(result, 64)));
      }
      case PURE -> {
        String name = model.name() + arguments.shape;
        Term result = terms.apply(name, 64, arguments.values.toArray(Term[]::new));
        ways.when(terms.yes, s -> finish(s, result));
      }
      default -> happens(state, model, arguments, ways);
    }
  }

  /** Processor and node numbers and random numbers have 32 bits, times and task ids 64. */
  private static int constantBits(HelperModel model) {
    return switch (model.name()) {
      case "get_smp_processor_id", "get_numa_node_id", "get_prandom_u32" -> 32;
      default -> 64;
    };
  }

  private void happens(PathState state, HelperModel model, Arguments arguments, Ways ways) {
    List<String> spaces = new ArrayList<>();
    switch (model.effect()) {
      case CHANGES_PACKET -> {
        spaces.add(Universe.PACKET + state.packet);
        spaces.add(Universe.CONTEXT);
      }
      case READS_PACKET -> spaces.add(Universe.PACKET + state.packet);
      case CHANGES_MAP, LOCKS -> spaces.add(Universe.mapSpace(arguments.map));
      default -> {}
    }
    String name = addEvent(state, model.name() + arguments.shape, arguments.values, spaces);
    switch (model.effect()) {
      case CHANGES_PACKET -> {
        state.packet = name;
        state.memory = state.memory.forget(Universe.CONTEXT, name);
        universe.packet(name);
      }
      case CHANGES_MAP -> {
        state.memory = state.memory.forget(Universe.mapSpace(arguments.map), name);
        state.epochs.put(arguments.map, name);
      }
      case LOCKS -> state.memory = state.memory.forget(Universe.mapSpace(arguments.map), name);
      default -> {}
    }
    for (Output output : arguments.outputs) {
      memory.forget(state, output.address, output.bytes, "out" + name + "." + output.number);
    }
    result(name, model.result(), ways);
  }

  private void result(String event, HelperModel.Result kind, Ways ways) {
    Term result =
        switch (kind) {
          case ANY -> terms.symbol("r0" + event, 64);
          case INT -> terms.slices.signExtend(terms.symbol("r0" + event, 32), 64);
        };
    ways.when(terms.yes, s -> finish(s, result));
  }

  /** Adds an event and returns the name of what it brings about. */
  private String addEvent(PathState state, String what, List<Term> values, List<String> spaces) {
    String name = state.nextEvent();
    state.events.add(new Event(what, List.copyOf(values), spaces, state.memory, state.facts));
    return name;
  }

  /** Memory that a helper writes. */
  private record Output(int number, Term address, int bytes) {}

  /** The arguments of one call, as what others see of them. */
  private final class Arguments {
    final List<Term> values = new ArrayList<>();
    final List<Output> outputs = new ArrayList<>();

    /** Tells calls apart whose values do not line up. */
    String shape = "";

    int map = -1;

    Arguments(PathState state, HelperModel model) {
      for (int i = 0; i < model.args().size(); i++) {
        add(state, model.args().get(i), i + 1);
      }
    }

    private void add(PathState state, HelperModel.Arg kind, int number) {
      Term value = arg(state, number);
      switch (kind) {
        case CONTEXT -> {
          if (value != universe.context) {
            throw new Refusal("expected the context in r" + number + ", found " + value);
          }
        }
        case CONTEXT_OR_NULL -> {
          if (value != universe.context && !value.isConstant(0)) {
            throw new Refusal("expected the context or 0 in r" + number + ", found " + value);
          }
          values.add(value);
        }
        case MAP -> {
          map = universe.map(value);
          shape += " map " + map;
          if (map == Universe.INNER) {
            values.add(value);
          }
        }
        case KEY -> values.addAll(key(state, map, value));
        case VALUE -> {
          if (map == Universe.INNER) {
            values.addAll(memory.readFrame(state, value));
          } else {
            readBytes(state, value, universe.spec(map).valueSize());
          }
        }
        case VALUE_OUT -> outputs.add(new Output(number, value, universe.spec(map).valueSize()));
        case INT -> values.add(low(value));
        case LONG -> values.add(value);
        case READ -> readBytes(state, value, size(arg(state, number + 1)));
        case WRITE -> outputs.add(new Output(number, value, size(arg(state, number + 1))));
        case UPDATE -> {
          int bytes = size(arg(state, number + 1));
          readBytes(state, value, bytes);
          outputs.add(new Output(number, value, bytes));
        }
        case LOCK -> {
          values.add(value);
          map = Integer.parseInt(memory.place(value).block().space().substring("map".length()));
        }
      }
    }

    private void readBytes(PathState state, Term address, int bytes) {
      shape += " " + bytes;
      values.addAll(memory.readChunks(state, address, bytes));
    }
  }
}
