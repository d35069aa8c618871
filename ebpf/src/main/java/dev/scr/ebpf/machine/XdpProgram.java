package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.map.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An XDP program of an instance. Runs on one thread at a time, together with the instance's other
 * programs.
 */
public final class XdpProgram {
  /**
   * Bytes in front of a packet that {@link #run(byte[])} keeps for {@code bpf_xdp_adjust_head}, as
   * drivers do.
   */
  public static final int HEADROOM = 256;

  /** Bytes behind a packet that {@link #run(byte[])} keeps for {@code bpf_xdp_adjust_tail}. */
  public static final int TAILROOM = 320;

  private static final int OWN_BUFFER_BYTES = HEADROOM + 65536 + TAILROOM;

  private final Executable executable;
  private final Environment environment;
  private final Arena arena;
  private MemorySegment ownBuffer = MemorySegment.NULL;
  private int ingressInterface;
  private int receiveQueue;

  XdpProgram(Executable executable, Environment environment, Arena arena) {
    this.executable = executable;
    this.environment = environment;
    this.arena = arena;
  }

  /** What later runs find in {@code ingress_ifindex} and {@code rx_queue_index}. */
  public void receivedOn(int interfaceIndex, int queue) {
    ingressInterface = interfaceIndex;
    receiveQueue = queue;
  }

  /**
   * Runs the program on the first {@code length} bytes of a native buffer, without headroom.
   * Returns the verdict.
   */
  public int run(MemorySegment packet, int length) {
    return run(packet, 0, length);
  }

  /**
   * Runs the program on a packet in a buffer. What is in front of and behind the packet is room for
   * the program to grow it.
   *
   * @param segment native memory
   * @param offset of the packet in the segment
   * @param length of the packet
   * @return the program's return value, an ordinal of {@link XdpAction}
   * @throws TrapException if a checked engine stops the program
   */
  public int run(MemorySegment segment, long offset, int length) {
    if (!segment.isNative() || offset < 0 || length < 0 || offset > segment.byteSize() - length) {
      throw new InvalidProgramException(
          "packet: expected offset "
              + offset
              + " and length "
              + length
              + " inside a native segment, found "
              + segment);
    }
    long buffer = segment.address();
    Environment env = environment;
    env.begin(ContextLayout.XDP, buffer, segment.byteSize(), buffer + offset, length);
    env.setField(ContextLayout.XDP_INGRESS_IFINDEX, ingressInterface);
    env.setField(ContextLayout.XDP_RX_QUEUE_INDEX, receiveQueue);
    return (int) executable.call(0, env, env.stackTop, env.context, 0, 0, 0, 0);
  }

  /** Runs the program on a copy of a packet, with {@link #HEADROOM} and {@link #TAILROOM}. */
  public int run(byte[] packet) {
    if (ownBuffer.byteSize() == 0) {
      makeOwnBuffer();
    }
    if (packet.length > OWN_BUFFER_BYTES - HEADROOM - TAILROOM) {
      throw new InvalidProgramException(
          "packet: expected at most 65536 bytes, found " + packet.length);
    }
    Memory.store(ownBuffer.address() + HEADROOM, packet);
    return run(
        ownBuffer.asSlice(0, HEADROOM + (long) packet.length + TAILROOM), HEADROOM, packet.length);
  }

  private void makeOwnBuffer() {
    ownBuffer = arena.allocate(OWN_BUFFER_BYTES, 64);
  }

  /** Where the packet starts in the buffer after the last run. */
  public long packetOffset() {
    return environment.packetStart - environment.bufferStart;
  }

  /** The packet's length after the last run. */
  public int packetLength() {
    return (int) (environment.packetEnd - environment.packetStart);
  }

  /** A copy of the packet after the last run. */
  public byte[] packet() {
    return Memory.bytes(environment.packetStart, packetLength());
  }

  /** Interface that the last run redirected to, 0 if none. */
  public int redirectTarget() {
    return environment.redirectTarget;
  }
}
