package dev.scr.softswitch.stf;

import com.google.protobuf.ByteString;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.state.CloneSession;
import dev.scr.softswitch.state.CounterArray;
import dev.scr.softswitch.state.Meter;
import dev.scr.softswitch.state.MeterArray;
import dev.scr.softswitch.state.PipelineState;
import dev.scr.softswitch.state.RegisterArray;
import dev.scr.softswitch.state.Replica;
import dev.scr.softswitch.state.ReplicationEngine.MulticastGroup;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The commands of BMv2's command line that STF tests use. Nodes of multicast groups get handles 0,
 * 1, 2 and so on in order of creation. All under the switch's lock.
 */
final class SwitchCommands {

  private static final long MICROS_PER_SECOND = 1_000_000;

  private record Node(int instance, List<Integer> ports) {}

  private final EmbeddedSwitch device;
  private final PipelineState state;
  private final List<Node> nodes = new ArrayList<>();

  SwitchCommands(EmbeddedSwitch device, PipelineState state) {
    this.device = device;
    this.state = state;
  }

  void run(StfCommand.SwitchCommand command) {
    List<String> words = command.words();
    switch (command.name()) {
      case "mirroring_add" ->
          addSession(number(words, 0), List.of(new Replica(number(words, 1), 0)));
      case "mirroring_add_mc" -> mirrorToGroup(number(words, 0), number(words, 1));
      case "mirroring_delete" -> device.replication().deleteSession(number(words, 0));
      case "mc_mgrp_create" -> addGroup(number(words, 0));
      case "mc_node_create" -> nodes.add(new Node(number(words, 0), ports(words)));
      case "mc_node_update" -> {
        Node old = nodes.get(number(words, 0));
        nodes.set(number(words, 0), new Node(old.instance, ports(words)));
      }
      case "mc_node_associate" -> associate(number(words, 0), number(words, 1));
      case "register_write" -> {
        RegisterArray array = register(words.getFirst());
        array.set(index(array.size(), words.get(1)), StfNumber.parse(words.get(2)));
      }
      case "register_reset" -> reset(register(words.getFirst()));
      case "counter_write" -> writeCounter(counterArray(words.getFirst()), words);
      case "meter_set_rates" -> {
        MeterArray array = meter(words.getFirst());
        int index = index(array.size(), words.get(1));
        array.configure(index, rates(words.subList(2, words.size())), device.nowMicros());
      }
      case "meter_array_set_rates" -> configureAll(meter(words.getFirst()), words);
      // These print something for a person to read.
      case "mirroring_get", "register_read", "counter_read", "meter_get_rates" -> {}
      default -> throw new IllegalArgumentException("unknown command " + command.name());
    }
  }

  private void addSession(int session, List<Replica> replicas) {
    device.replication().insertSession(session, new CloneSession(replicas, 0, 0, false));
  }

  private void addGroup(int group) {
    device.replication().insertGroup(group, new MulticastGroup(List.of(), ByteString.EMPTY, false));
  }

  private static void reset(RegisterArray array) {
    for (int i = 0; i < array.size(); i++) {
      array.set(i, BigInteger.ZERO);
    }
  }

  private static void writeCounter(CounterArray array, List<String> words) {
    array.set(
        index(array.size(), words.get(1)),
        StfNumber.parse(words.get(2)).longValue(),
        StfNumber.parse(words.get(3)).longValue());
  }

  private void configureAll(MeterArray array, List<String> words) {
    Optional<Meter.Config> config = rates(words.subList(1, words.size()));
    for (int i = 0; i < array.size(); i++) {
      array.configure(i, config, device.nowMicros());
    }
  }

  long counter(String name, String index, boolean bytes) {
    CounterArray array = counterArray(name);
    int counter = index(array.size(), index);
    return bytes ? array.bytes(counter) : array.packets(counter);
  }

  private static int number(List<String> words, int at) {
    if (at >= words.size()) {
      throw new IllegalArgumentException("expected more than " + at + " words, found " + words);
    }
    return StfNumber.parse(words.get(at)).intValueExact();
  }

  private static List<Integer> ports(List<String> words) {
    List<Integer> ports = new ArrayList<>();
    for (int i = 1; i < words.size(); i++) {
      ports.add(number(words, i));
    }
    return List.copyOf(new TreeSet<>(ports));
  }

  private void associate(int group, int handle) {
    MulticastGroup old = device.replication().groups().get(group);
    if (old == null || handle >= nodes.size()) {
      throw new IllegalArgumentException("no multicast group " + group + " or node " + handle);
    }
    List<Replica> replicas = new ArrayList<>(old.replicas());
    Node node = nodes.get(handle);
    node.ports.forEach(port -> replicas.add(new Replica(port, node.instance)));
    device.replication().modifyGroup(group, new MulticastGroup(replicas, ByteString.EMPTY, false));
  }

  /** The group must be complete by now. */
  private void mirrorToGroup(int session, int group) {
    List<Replica> replicas = device.replication().replicas(group);
    addSession(session, replicas == null ? List.of() : replicas);
  }

  private static int index(int size, String text) {
    int index = StfNumber.parse(text).intValueExact();
    if (index < 0 || index >= size) {
      throw new IllegalArgumentException("expected an index below " + size + ", found " + index);
    }
    return index;
  }

  private RegisterArray register(String name) {
    return EmbeddedTarget.found("register array", state.registers(), name);
  }

  private CounterArray counterArray(String name) {
    return EmbeddedTarget.found("counter array", state.counters(), name);
  }

  private MeterArray meter(String name) {
    return EmbeddedTarget.found("meter array", state.meters(), name);
  }

  /** Two pairs RATE:BURST, the committed one first; rates are per microsecond. */
  private static Optional<Meter.Config> rates(List<String> words) {
    if (words.size() != 2) {
      throw new IllegalArgumentException("expected two pairs RATE:BURST, found " + words);
    }
    return Optional.of(
        new Meter.Config(
            rate(words.get(0)), burst(words.get(0)), rate(words.get(1)), burst(words.get(1))));
  }

  private static long rate(String pair) {
    return new BigDecimal(pair.split(":", 2)[0])
        .multiply(BigDecimal.valueOf(MICROS_PER_SECOND))
        .longValue();
  }

  private static long burst(String pair) {
    return Long.parseLong(pair.split(":", 2)[1]);
  }
}
