package dev.scr.hosts.program;

import dev.scr.hosts.trace.Trace;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * A trace with commands of a controller between its packets, and with the same frames from ordinary
 * ports, which must have no effect.
 *
 * @param trace packets and control frames
 * @param fromController which of them the controller has sent
 */
public record Commands(Trace trace, BitSet fromController) {
  private static final int IP = 14;
  private static final int SMALLEST_WITH_PORTS = 38;

  /** Random commands about the flows of a trace's own packets; none if the program has none. */
  public static Commands among(ProgramObject object, Trace packets, SplittableRandom random) {
    List<Command> commands = object.commands();
    Trace.Builder trace = new Trace.Builder();
    BitSet fromController = new BitSet();
    for (int i = 0; i < packets.size(); i++) {
      byte[] packet = packets.bytes(i);
      trace.add(packets.timestampNs(i), packet);
      if (commands.isEmpty() || !hasFlow(packet) || random.nextInt(6) != 0) {
        continue;
      }
      Command command = commands.get(random.nextInt(commands.size()));
      boolean hostile = random.nextInt(3) == 0;
      for (byte[] frame : object.controlFrames(command.name(), values(command, packet))) {
        if (random.nextInt(20) != 0) { // some frames never arrive
          fromController.set(trace.size(), !hostile);
          trace.add(packets.timestampNs(i), frame);
        }
      }
    }
    return new Commands(trace.build(), fromController);
  }

  /** Whether a packet is untagged IPv4 and long enough for ports. */
  static boolean hasFlow(byte[] packet) {
    return packet.length >= SMALLEST_WITH_PORTS && packet[12] == 8 && packet[13] == 0;
  }

  /** The fields of a command about a packet's flow. */
  static Map<String, String> values(Command command, byte[] packet) {
    ByteBuffer view = ByteBuffer.wrap(packet);
    Map<String, String> all =
        Map.of(
            "src_addr", Addresses.text(view.getInt(IP + 12)),
            "dst_addr", Addresses.text(view.getInt(IP + 16)),
            "src_port", String.valueOf(view.getShort(IP + 20) & 0xffff),
            "dst_port", String.valueOf(view.getShort(IP + 22) & 0xffff),
            "low_addr", Addresses.text(view.getInt(IP + 12)),
            "high_addr", Addresses.text(view.getInt(IP + 16)),
            "low_port", String.valueOf(view.getShort(IP + 20) & 0xffff),
            "high_port", String.valueOf(view.getShort(IP + 22) & 0xffff),
            "protocol", String.valueOf(view.get(IP + 9) & 0xff));
    return command.fields().stream().collect(Collectors.toMap(field -> field, all::get));
  }
}
