package dev.scr.k2.proof;

import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.SkbProgram;
import dev.scr.ebpf.machine.TrapException;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.proof.Counterexample.Entry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Runs programs on an input in the interpreter and compares everything that they leave. */
final class Replay {
  private static final int HEADROOM = 256;
  private static final int TAILROOM = 320;

  private final ProgramSpec original;
  private final ProgramSpec candidate;

  Replay(ProgramSpec original, ProgramSpec candidate) {
    this.original = original;
    this.candidate = candidate;
  }

  /** Whether programs of this type can run here. */
  static boolean canRun(ProgramSpec spec) {
    return switch (spec.type()) {
      case XDP, SOCKET_FILTER, TC, TC_ACTION -> true;
      default -> false;
    };
  }

  /** What one run leaves, as lines; a trap is a line of its own. */
  private record Outcome(boolean trapped, List<String> lines) {}

  /**
   * What differs for an input; empty if nothing does.
   *
   * @throws Refusal if the original does not run on the input
   */
  Optional<String> difference(Counterexample input) {
    Outcome expected = run(original, input);
    if (expected.trapped) {
      throw new Refusal("the original stops: " + expected.lines);
    }
    Outcome found = run(candidate, input);
    for (int i = 0; i < Math.max(expected.lines.size(), found.lines.size()); i++) {
      String a = i < expected.lines.size() ? expected.lines.get(i) : "nothing";
      String b = i < found.lines.size() ? found.lines.get(i) : "nothing";
      if (!a.equals(b)) {
        return Optional.of("expected " + a + ", found " + b);
      }
    }
    return Optional.empty();
  }

  private static Outcome run(ProgramSpec spec, Counterexample input) {
    List<String> lines = new ArrayList<>();
    try (BpfInstance instance =
        BpfInstance.builder(spec.maps())
            .engine(Engine.INTERPRETER)
            .clock(clock(input.times()))
            .cpu(input.cpu())
            .seed(input.seed())
            .tracer(text -> lines.add("trace " + text))
            .build()) {
      fill(instance, input.entries());
      if (spec.type() == ProgramType.XDP) {
        runXdp(instance, spec, input, lines);
      } else {
        runSkb(instance, spec, input, lines);
      }
      for (BpfMap map : instance.maps()) {
        map.entries().forEach(entry -> lines.add("map " + map.spec().name() + " " + entry));
      }
      return new Outcome(false, lines);
    } catch (TrapException e) {
      return new Outcome(true, List.of("stop: " + e.getMessage()));
    } catch (BpfException e) {
      throw new Refusal("this machine does not run it: " + e.getMessage());
    }
  }

  private static LongSupplier clock(List<Long> times) {
    int[] calls = new int[1];
    return () -> {
      int call = calls[0]++;
      return call < times.size() ? times.get(call) : 1_000_000_000L + call;
    };
  }

  private static void fill(BpfInstance instance, List<Entry> entries) {
    for (Entry entry : entries) {
      BpfMap map = instance.maps().get(entry.map());
      if (map.spec().type() != MapType.PROG_ARRAY) {
        map.update(HexFormat.of().parseHex(entry.key()), HexFormat.of().parseHex(entry.value()));
      }
    }
  }

  private static void runXdp(
      BpfInstance instance, ProgramSpec spec, Counterexample input, List<String> lines) {
    XdpProgram program = instance.xdp(spec);
    program.receivedOn(input.ingressInterface(), input.receiveQueue());
    int verdict = program.run(input.packetBytes());
    lines.add("return " + verdict);
    lines.add("redirect " + program.redirectTarget());
    lines.add("packet " + HexFormat.of().formatHex(program.packet()));
  }

  private static void runSkb(
      BpfInstance instance, ProgramSpec spec, Counterexample input, List<String> lines) {
    byte[] packet = input.packetBytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(HEADROOM + (long) packet.length + TAILROOM, 64);
      MemorySegment.copy(packet, 0, buffer, ValueLayout.JAVA_BYTE, HEADROOM, packet.length);
      SkbProgram program = instance.skb(spec);
      program.receivedOn(input.ingressInterface());
      int result = program.run(buffer, HEADROOM, packet.length);
      lines.add("return " + result);
      lines.add("redirect " + program.redirectTarget());
      lines.add("buffer " + HexFormat.of().formatHex(buffer.toArray(ValueLayout.JAVA_BYTE)));
    }
  }
}
