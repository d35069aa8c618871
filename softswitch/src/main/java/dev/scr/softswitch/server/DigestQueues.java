package dev.scr.softswitch.server;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.p4runtime.CanonicalBytes;
import dev.scr.softswitch.naming.PipelineNames;
import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.program.Program;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.p4.v1.DigestEntry;
import org.p4.v1.DigestList;
import org.p4.v1.DigestListAck;
import org.p4.v1.Entity;
import org.p4.v1.P4Data;
import org.p4.v1.P4StructLike;
import org.p4.v1.Update;

/**
 * Digests on their way to the control plane: collected into lists, not sent again while a list with
 * the same message is not acknowledged. All under the switch's lock; times in nanoseconds.
 */
final class DigestQueues {

  private static final long MILLION = 1_000_000;
  // Messages that wait or are not acknowledged; more are lost, not kept.
  private static final int MOST_PENDING = 65536;

  private final PipelineNames names;
  private final Map<Integer, Queue> queues = new HashMap<>();
  private long nextListId = 1;

  /** A list that has been sent. */
  private record Unacknowledged(List<P4Data> messages, long deadlineNanos) {}

  private static final class Queue {
    DigestEntry.Config config;
    List<P4Data> collected = new ArrayList<>();
    long collectedSince;
    final Map<Long, Unacknowledged> sent = new HashMap<>();
    final Set<P4Data> suppressed = new HashSet<>();

    Queue(DigestEntry.Config config) {
      this.config = config;
    }
  }

  DigestQueues(PipelineNames names) {
    this.names = names;
  }

  /** What the ids mean. */
  PipelineNames names() {
    return names;
  }

  void write(Update.Type type, DigestEntry sent) {
    int id = sent.getDigestId();
    if (!names.digests().containsKey(id)) {
      throw Rejected.notFound("digest", id);
    }
    switch (type) {
      case INSERT -> {
        if (queues.containsKey(id)) {
          throw new Rejected(Code.ALREADY_EXISTS, "digest " + id + " is configured already");
        }
        queues.put(id, new Queue(config(sent)));
      }
      case MODIFY -> configured(id).config = config(sent);
      case DELETE -> {
        configured(id);
        queues.remove(id);
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw Rejected.invalid("expected an update type");
    }
  }

  private static DigestEntry.Config config(DigestEntry sent) {
    DigestEntry.Config config = sent.getConfig();
    if (config.getMaxTimeoutNs() < 0
        || config.getMaxListSize() < 0
        || config.getAckTimeoutNs() < 0) {
      throw Rejected.invalid("digest: expected times and sizes >= 0");
    }
    return config;
  }

  private Queue configured(int id) {
    Queue queue = queues.get(id);
    if (queue == null) {
      throw new Rejected(Code.NOT_FOUND, "digest " + id + " is not configured");
    }
    return queue;
  }

  void read(DigestEntry filter, Consumer<Entity> out) {
    if (filter.getDigestId() != 0 && !names.digests().containsKey(filter.getDigestId())) {
      throw Rejected.notFound("digest", filter.getDigestId());
    }
    queues.forEach((id, queue) -> {
      if (filter.getDigestId() == 0 || filter.getDigestId() == id) {
        out.accept(
            Entity.newBuilder()
                .setDigestEntry(DigestEntry.newBuilder().setDigestId(id).setConfig(queue.config))
                .build());
      }
    });
  }

  /** Takes a digest of a packet; {@code send} gets a list if that completes one. */
  @SuppressWarnings("ReferenceEquality") // of one pipeline, not one that looks the same
  void collect(Program.LearnList list, Packet packet, long nowNanos, Consumer<DigestList> send) {
    names
        .digests()
        .forEach((id, known) -> {
          Queue queue = queues.get(id);
          if (known == list && queue != null && queue.suppressed.size() >= MOST_PENDING) {
            packet.count(Event.DIGEST_LOST);
          } else if (known == list && queue != null) {
            collect(id, queue, message(list, packet), nowNanos, send);
          }
        });
  }

  private static P4Data message(Program.LearnList list, Packet packet) {
    List<P4Data> members = new ArrayList<>();
    for (int i = 0; i < list.fields().size(); i++) {
      int bits = list.bits().get(i);
      ByteString value =
          CanonicalBytes.encode(
              Bits.lowBits(list.fields().get(i).exact(packet), bits), bits, list.name());
      members.add(P4Data.newBuilder().setBitstring(value).build());
    }
    return members.size() == 1
        ? members.getFirst()
        : P4Data.newBuilder().setStruct(P4StructLike.newBuilder().addAllMembers(members)).build();
  }

  private void collect(
      int id, Queue queue, P4Data message, long nowNanos, Consumer<DigestList> send) {
    if (!queue.suppressed.add(message)) {
      return;
    }
    if (queue.collected.isEmpty()) {
      queue.collectedSince = nowNanos;
    }
    queue.collected.add(message);
    int size = queue.config.getMaxListSize();
    if (queue.config.getMaxTimeoutNs() == 0 || (size > 0 && queue.collected.size() >= size)) {
      flush(id, queue, nowNanos, send);
    }
  }

  private void flush(int id, Queue queue, long nowNanos, Consumer<DigestList> send) {
    long listId = nextListId++;
    send.accept(
        DigestList.newBuilder()
            .setDigestId(id)
            .setListId(listId)
            .addAllData(queue.collected)
            .setTimestamp(System.currentTimeMillis() * MILLION)
            .build());
    queue.sent.put(
        listId, new Unacknowledged(queue.collected, nowNanos + queue.config.getAckTimeoutNs()));
    queue.collected = new ArrayList<>();
  }

  /** Sends lists that have waited long enough; forgets what was not acknowledged in time. */
  void tick(long nowNanos, Consumer<DigestList> send) {
    queues.forEach((id, queue) -> {
      if (!queue.collected.isEmpty()
          && nowNanos - queue.collectedSince >= queue.config.getMaxTimeoutNs()) {
        flush(id, queue, nowNanos, send);
      }
      queue
          .sent
          .values()
          .removeIf(list -> {
            boolean late = nowNanos - list.deadlineNanos >= 0;
            if (late) {
              list.messages.forEach(queue.suppressed::remove);
            }
            return late;
          });
    });
  }

  /** The control plane has a list. */
  void acknowledge(DigestListAck ack) {
    Queue queue = queues.get(ack.getDigestId());
    if (queue == null) {
      throw Rejected.invalid("digest " + ack.getDigestId() + " is not configured");
    }
    Unacknowledged list = queue.sent.remove(ack.getListId());
    if (list != null) {
      list.messages.forEach(queue.suppressed::remove);
    }
  }
}
