package dev.scr.hosts.worker;

import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.sequencer.Extraction.Relevance;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.wire.ControlFrame;
import dev.scr.wire.HistoryView;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of a frame's own packet, before the frame is handled: what its worker's peers will
 * have of it. Confined to one thread.
 */
final class OwnPacket implements AutoCloseable {
  private final ProgramObject object;
  private final ReplicaEngine engine;
  private byte[] packet = new byte[0];
  private @Nullable MetadataExtraction extraction;

  OwnPacket(ProgramObject object, ReplicaEngine engine) {
    this.object = object;
    this.engine = engine;
  }

  /**
   * Extracts it as the replica will, from a packet or a control frame; false if the replica will
   * find neither.
   */
  boolean extract(HistoryView view, byte[] frame, byte[] metadata) {
    int length = view.originalLength();
    if (packet.length < length) {
      packet = new byte[length];
    }
    System.arraycopy(frame, view.originalOffset(), packet, 0, length);
    return extraction().extract(packet, length, view.timestampNs(), metadata) == Relevance.RELEVANT
        || isCommand(length, metadata);
  }

  private boolean isCommand(int length, byte[] metadata) {
    Optional<byte[]> command =
        ControlFrame.metadata(packet, length, object.program().id(), metadata.length);
    command.ifPresent(found -> System.arraycopy(found, 0, metadata, 0, metadata.length));
    return command.isPresent();
  }

  /** Compiles in advance what is needed. */
  void prepare() {
    extraction();
  }

  private MetadataExtraction extraction() {
    MetadataExtraction made = extraction;
    if (made == null) {
      made = new MetadataExtraction(object, engine.machine());
      extraction = made;
    }
    return made;
  }

  @Override
  public void close() {
    if (extraction != null) {
      extraction.close();
    }
  }
}
