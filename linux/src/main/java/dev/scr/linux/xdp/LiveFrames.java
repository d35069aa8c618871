package dev.scr.linux.xdp;

import static dev.scr.linux.bpf.Instructions.exit;
import static dev.scr.linux.bpf.Instructions.instruction;
import static dev.scr.linux.bpf.Instructions.move;
import static dev.scr.linux.bpf.Instructions.program;

import dev.scr.linux.bpf.BpfMap;
import dev.scr.linux.bpf.BpfProgram;
import dev.scr.linux.bpf.MapSpec;
import dev.scr.linux.bpf.MapType;
import dev.scr.linux.bpf.ProgramSpec;
import dev.scr.linux.bpf.ProgramType;
import dev.scr.linux.bpf.TestInput;
import dev.scr.linux.call.MappedMemory;
import dev.scr.linux.net.NetworkLink;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * Sends prepared frames from inside the kernel, about ten million a second on one core: a test run
 * of an XDP program on live frames, each of which the program fills from shared memory and
 * redirects. Nothing paces it. On a veth the receiving end needs a driver-mode XDP program or GRO,
 * or every frame is dropped. Owned by one thread, which must be in the interfaces' namespace. Linux
 * 5.18.
 *
 * <pre>
 *   trace:  [ frame 0: interface:4 shrink:4 bytes… padding ] [ frame 1 … ] …     shrink = -(padding)
 *   next:   [ number of the next frame: 8 ]
 * </pre>
 */
public final class LiveFrames implements AutoCloseable {
  /** What a page holds beside the kernel's own headers. */
  public static final int LONGEST_FRAME_BYTES = 3392;

  private static final int SHORTEST_FRAME_BYTES = 14;
  private static final int HEADER_BYTES = 8;
  private static final int BATCH = 64;
  private static final long LARGEST_TRACE_BYTES = 1L << 28;
  private static final int REDIRECT = 23;
  private static final int ADJUST_TAIL = 65;
  private static final int XDP_ABORTED = 0;

  private final BpfMap trace;
  private final BpfMap next;
  private final BpfProgram program;
  private final int stretchedBytes;
  private final int firstInterface;

  /** A frame and the interface that it leaves by. */
  @SuppressWarnings("ArrayRecordComponent") // Copied to shared memory at once.
  public record Outgoing(byte[] bytes, NetworkLink via) {}

  private LiveFrames(
      BpfMap trace, BpfMap next, BpfProgram program, int stretchedBytes, int firstInterface) {
    this.trace = trace;
    this.next = next;
    this.program = program;
    this.stretchedBytes = stretchedBytes;
    this.firstInterface = firstInterface;
  }

  /**
   * Copies {@code frames} into the kernel; {@link #send} goes round through them. Needs CAP_BPF and
   * CAP_NET_ADMIN.
   */
  public static LiveFrames prepare(List<Outgoing> frames) {
    int longest = checkedLongest(frames);
    int stretched = Math.max(64, (longest + 7) & ~7);
    int slotBytes = HEADER_BYTES + stretched;
    long bytes = (long) slotBytes * frames.size();
    if (bytes > LARGEST_TRACE_BYTES) {
      throw new IllegalArgumentException(
          frames.size() + " frames of " + slotBytes + " bytes > " + LARGEST_TRACE_BYTES + " bytes");
    }
    BpfMap trace = array("trace", (int) bytes);
    BpfMap next = array("next", 8);
    try {
      fill(trace, frames, slotBytes, stretched);
      ProgramSpec spec = sending(frames.size(), slotBytes, stretched, trace, next);
      return new LiveFrames(
          trace, next, BpfProgram.load(spec), stretched, frames.getFirst().via().index());
    } catch (RuntimeException e) {
      trace.close();
      next.close();
      throw e;
    }
  }

  private static int checkedLongest(List<Outgoing> frames) {
    int longest = 0;
    for (Outgoing frame : frames) {
      int length = frame.bytes().length;
      if (length < SHORTEST_FRAME_BYTES || length > LONGEST_FRAME_BYTES) {
        throw new IllegalArgumentException(
            "live frame: expected %d to %d bytes, found %d"
                .formatted(SHORTEST_FRAME_BYTES, LONGEST_FRAME_BYTES, length));
      }
      longest = Math.max(longest, length);
    }
    if (longest == 0) {
      throw new IllegalArgumentException("live frames: expected at least one, found none");
    }
    return longest;
  }

  private static BpfMap array(String name, int bytes) {
    return BpfMap.create(MapSpec.of(name, MapType.ARRAY, 4, bytes, 1).withFlags(MapSpec.MMAPABLE));
  }

  private static void fill(BpfMap trace, List<Outgoing> frames, int slotBytes, int stretched) {
    try (MappedMemory memory = trace.map()) {
      MemorySegment slots = memory.segment();
      long at = 0;
      for (Outgoing frame : frames) {
        int length = frame.bytes().length;
        slots.set(ValueLayout.JAVA_INT, at, frame.via().index());
        slots.set(ValueLayout.JAVA_INT, at + 4, length - stretched);
        MemorySegment.copy(
            frame.bytes(), 0, slots, ValueLayout.JAVA_BYTE, at + HEADER_BYTES, length);
        at += slotBytes;
      }
    }
  }

  private static ProgramSpec sending(
      int frames, int slotBytes, int stretched, BpfMap trace, BpfMap next) {
    long[] head = {
      instruction(0xbf, 6, 1, 0, 0), // r6 = context
      instruction(0x18, 1, 0, 0, 0), // r1 = &next
      0,
      instruction(0x79, 8, 1, 0, 0), // r8 = *r1
      instruction(0xbf, 2, 8, 0, 0), // r2 = r8
      instruction(0x07, 2, 0, 0, 1), // r2 += 1
      instruction(0x7b, 1, 2, 0, 0), // *r1 = r2
      instruction(0x97, 8, 0, 0, frames), // r8 %= frames
      instruction(0xa5, 8, 0, 2, frames), // if r8 < frames goto +2: for old verifiers
      move(0, XDP_ABORTED),
      exit(),
      instruction(0x27, 8, 0, 0, slotBytes), // r8 *= slotBytes
      instruction(0x18, 7, 0, 0, 0), // r7 = trace
      0,
      instruction(0x0f, 7, 8, 0, 0), // r7 += r8
      instruction(0x61, 2, 6, 0, 0), // r2 = data
      instruction(0x61, 3, 6, 4, 0), // r3 = data end
      instruction(0xbf, 4, 2, 0, 0), // r4 = r2
      instruction(0x07, 4, 0, 0, stretched), // r4 += stretched
      instruction(0xbd, 4, 3, 2, 0), // if r4 <= r3 goto +2
      move(0, XDP_ABORTED),
      exit(),
    };
    long[] tail = {
      instruction(0x61, 9, 7, 0, 0), // r9 = interface
      instruction(0x61, 2, 7, 4, 0), // r2 = shrink
      instruction(0x15, 2, 0, 2, 0), // if r2 == 0 goto +2
      instruction(0xbf, 1, 6, 0, 0), // r1 = context
      instruction(0x85, 0, 0, 0, ADJUST_TAIL),
      instruction(0xbf, 1, 9, 0, 0), // r1 = r9
      move(2, 0),
      instruction(0x85, 0, 0, 0, REDIRECT),
      exit(),
    };
    long[] all = Arrays.copyOf(head, head.length + stretched / 8 * 2 + tail.length);
    int at = head.length;
    for (int offset = 0; offset < stretched; offset += 8) {
      all[at++] = instruction(0x79, 1, 7, HEADER_BYTES + offset, 0); // r1 = *(u64 *)(r7 + …)
      all[at++] = instruction(0x7b, 2, 1, offset, 0); // *(u64 *)(r2 + …) = r1
    }
    System.arraycopy(tail, 0, all, at, tail.length);
    return ProgramSpec.of("live_frames", ProgramType.XDP, "GPL", program(all))
        .withMapValue(1, next, 0)
        .withMapValue(12, trace, 0);
  }

  /**
   * Sends the next {@code count} frames as fast as the kernel can, on the calling thread. Frames
   * that find the receiver's ring full are dropped there.
   *
   * @return processor time of the call in nanoseconds; the receiver's share is in it when it runs
   *     on the same processor
   */
  public long send(int count) {
    TestInput input =
        TestInput.of(new byte[stretchedBytes])
            .repeated(count)
            .arrivingOn(firstInterface, 0)
            .live(BATCH);
    return program.run(input).threadTimeNs();
  }

  @Override
  public void close() {
    program.close();
    trace.close();
    next.close();
  }
}
