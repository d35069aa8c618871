package dev.scr.cli;

import dev.scr.cli.harness.Sequencing;
import dev.scr.cli.harness.SwitchHarness;
import dev.scr.cli.harness.SwitchKind;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.trace.PcapWriter;
import dev.scr.hosts.trace.Trace;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "sequence",
    mixinStandardHelpOptions = true,
    description = {
      "Packets in, sequenced packets out.",
      "The time of a packet in the file is its timestamp. Packets that the program does not look at come out"
          + " as they were; malformed and oversized ones do not come out."
    })
final class SequenceCommand implements Callable<Integer> {
  /** Who sequences. */
  enum Via {
    REFERENCE,
    EMBEDDED,
    BMV2
  }

  @Mixin private Output output = new Output();
  @Mixin private SequencerOptions sequencer = new SequencerOptions();

  @Option(
      names = "--via",
      paramLabel = "SEQUENCER",
      description =
          "reference (the specification in Java), embedded (the P4 program on the embedded switch) or bmv2"
              + " (the P4 program on simple_switch_grpc); default: reference. All give the same bytes.")
  private Via via = Via.REFERENCE;

  @Parameters(index = "0", paramLabel = "IN.pcap", description = "Packets: pcap or pcapng.")
  private Path in = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT.pcap", description = "The file to write.")
  private Path out = Path.of("");

  /** What JSON says. */
  record Result(
      String program,
      int workers,
      int depth,
      String via,
      int packets,
      long sequenced,
      long passedThrough,
      long droppedOversized,
      long droppedMalformed,
      long droppedUnmapped) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    PacketProgram program = sequencer.program();
    SequencerSettings settings = sequencer.settings();
    Trace trace = Inputs.trace(in, output);
    Sequencing.Result result =
        switch (via) {
          case REFERENCE -> Sequencing.byReference(ProgramObject.of(program), trace, settings);
          case EMBEDDED -> bySwitch(SwitchKind.EMBEDDED, program, trace, settings);
          case BMV2 -> bySwitch(SwitchKind.BMV2, program, trace, settings);
        };
    try (PcapWriter writer = new PcapWriter(out)) {
      writer.writeAll(result.frames());
      writer.commit();
    }
    Result document =
        new Result(
            program.programName(),
            settings.workers(),
            settings.depth(),
            Options.lower(via),
            trace.size(),
            result.counters().sequenced(),
            result.counters().passedThrough(),
            result.counters().droppedOversized(),
            result.counters().droppedMalformed(),
            result.counters().droppedUnmapped());
    output.result(
        document,
        text ->
            text.printf(
                "%s: %d of %d packets sequenced for %d workers at depth %d (%d passed through, %d malformed,"
                    + " %d oversized, %d without a worker)%n",
                out,
                document.sequenced(),
                trace.size(),
                settings.workers(),
                settings.depth(),
                document.passedThrough(),
                document.droppedMalformed(),
                document.droppedOversized(),
                document.droppedUnmapped()));
    return ExitCode.DONE.number();
  }

  private Sequencing.Result bySwitch(
      SwitchKind kind, PacketProgram program, Trace trace, SequencerSettings settings)
      throws InterruptedException {
    try (SwitchHarness harness = kind.start();
        Bar bar = Bar.over("packets", trace.size(), output)) {
      return Sequencing.bySwitch(harness, program, trace, settings, bar);
    }
  }
}
