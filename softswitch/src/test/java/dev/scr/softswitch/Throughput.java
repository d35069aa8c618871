package dev.scr.softswitch;

import dev.scr.p4runtime.P4InfoText;
import dev.scr.softswitch.stf.EmbeddedTarget;
import dev.scr.softswitch.stf.StfCommand;
import dev.scr.softswitch.stf.StfParser;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Measures how many packets in a second one thread gets through a program. Takes the program's
 * JSON, its P4Info, an STF file with table entries, a port and a frame in hexadecimal digits; sends
 * the same frame over and over, and prints a line for each round: by the clock, and by the thread's
 * own time, which other work on the machine disturbs less.
 */
public final class Throughput {

  private static final int ROUNDS = 8;
  private static final int PACKETS = 200_000;
  private static final double NANOS_TO_KPPS = 1e6;

  private long sent;

  private Throughput() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 5) {
      System.err.println("usage: Throughput PROGRAM.json P4INFO.txtpb ENTRIES.stf PORT FRAME");
      System.exit(2);
    }
    SwitchOptions options = SwitchOptions.defaults();
    SwitchPipeline pipeline =
        SwitchPipeline.load(
            args[0],
            Files.readAllBytes(Path.of(args[0])),
            P4InfoText.read(Path.of(args[1])),
            options);
    EmbeddedSwitch device = new EmbeddedSwitch(1, options);
    EmbeddedTarget target = new EmbeddedTarget(device, pipeline);
    for (StfCommand command : StfParser.parse(args[2], Files.readString(Path.of(args[2])))) {
      target.configure(command);
    }
    new Throughput().measure(device, Integer.parseInt(args[3]), HexFormat.of().parseHex(args[4]));
    System.out.println(device.events());
  }

  private void measure(EmbeddedSwitch device, int port, byte[] frame) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    for (int round = 1; round <= ROUNDS; round++) {
      sent = 0;
      long cpu = threads.getCurrentThreadCpuTime();
      long clock = System.nanoTime();
      for (int i = 0; i < PACKETS; i++) {
        device.process(port, frame, frame.length, i, (_, _, _, _) -> sent++);
      }
      clock = System.nanoTime() - clock;
      cpu = threads.getCurrentThreadCpuTime() - cpu;
      System.out.printf(
          "round %d: %.0f kpps by the clock, %.0f kpps of CPU time, %d frames sent%n",
          round, PACKETS * NANOS_TO_KPPS / clock, PACKETS * NANOS_TO_KPPS / cpu, sent);
    }
  }
}
