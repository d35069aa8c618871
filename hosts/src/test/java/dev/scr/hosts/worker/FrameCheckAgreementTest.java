package dev.scr.hosts.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.Seeds;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import dev.scr.wire.FrameCheck;
import dev.scr.wire.HistoryView;
import dev.scr.wire.WireFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The checks of a frame in C and in Java agree, whatever byte of the header is changed. */
class FrameCheckAgreementTest {
  private static List<byte[]> frames(ProgramObject object) {
    Trace trace = TraceGenerator.generate(new TraceSpec(TraceKind.UNIFORM, 20, 3, 64, 1));
    List<byte[]> frames = new ArrayList<>();
    try (MetadataExtraction extraction = new MetadataExtraction(object, Engine.INTERPRETER)) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(SequencerPipeline.of(object.program()), extraction);
      sequencer.ports(IntStream.range(0, 3).mapToObj(WorkerPort::defaultOf).toList());
      sequencer.configure(SequencerSettings.first(4, 3));
      for (int packet = 0; packet < trace.size(); packet++) {
        byte[] bytes = trace.bytes(packet);
        sequencer.process(bytes, bytes.length, 0, (port, f, n) -> frames.add(Arrays.copyOf(f, n)));
      }
    }
    return frames;
  }

  @ParameterizedTest
  @EnumSource
  void bothRefuseTheSameFrames(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    List<byte[]> frames = frames(object);
    HistoryView view = new HistoryView();
    try (Replica replica = ReplicaEngine.INTERPRETER.replica(object)) {
      Seeds.forAll(
          5_000,
          seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] frame = frames.get(random.nextInt(frames.size())).clone();
            int originalLength = view.wrap(frame, frame.length).originalLength();
            if (random.nextBoolean()) {
              frame[random.nextInt(WireFormat.HEADER_BYTES)] = (byte) random.nextInt();
            }
            int length = random.nextInt(4) == 0 ? random.nextInt(frame.length) : frame.length;
            FrameCheck java = view.wrap(frame, length).check(program.id(), program.slotBytes());
            if (java == FrameCheck.ACCEPTED && view.originalLength() != originalLength) {
              // Another packet than the sequencer's: the program itself may refuse that one.
              return;
            }
            long refused = replica.progress().refused();
            int returned = replica.handle(frame, length);
            boolean refusedByC = replica.progress().refused() > refused;
            assertEquals(java != FrameCheck.ACCEPTED, refusedByC, java.toString());
            if (refusedByC) {
              assertEquals(Verdict.ABORTED, Verdict.of(returned));
            }
          });
    }
  }
}
