package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.map.Memory;
import java.lang.foreign.MemorySegment;

/**
 * A socket filter or tc program of an instance: its context is {@code struct __sk_buff}. One thread
 * at a time.
 */
public final class SkbProgram {
  private static final int ETHERTYPE_OFFSET = 12;

  private final Executable executable;
  private final Environment environment;
  private int interfaceIndex;

  SkbProgram(Executable executable, Environment environment) {
    this.executable = executable;
    this.environment = environment;
  }

  /** What later runs find in {@code ifindex} and {@code ingress_ifindex}. */
  public void receivedOn(int index) {
    interfaceIndex = index;
  }

  /**
   * Runs the program on an Ethernet frame.
   *
   * @param segment native memory
   * @param offset of the frame in the segment
   * @param length of the frame
   * @return r0: the bytes to keep for a socket filter, {@code TC_ACT_…} for tc
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
    Environment env = environment;
    long buffer = segment.address();
    env.begin(ContextLayout.SK_BUFF, buffer, segment.byteSize(), buffer + offset, length);
    long protocol =
        length >= ETHERTYPE_OFFSET + 2
            ? Memory.load(MemSize.H, buffer + offset + ETHERTYPE_OFFSET)
            : 0;
    env.setField(ContextLayout.SKB_PROTOCOL, protocol);
    env.setField(ContextLayout.SKB_IFINDEX, interfaceIndex);
    env.setField(ContextLayout.SKB_INGRESS_IFINDEX, interfaceIndex);
    return (int) executable.call(0, env, env.stackTop, env.context, 0, 0, 0, 0);
  }

  /**
   * Sets a 4-byte field of the context that is not about the packet's bounds, such as {@code mark};
   * later runs find it there, or what a run before them has stored.
   *
   * @param offset in {@code struct __sk_buff}
   */
  public void setField(int offset, int value) {
    requireField(offset);
    environment.setField(offset, value & 0xffff_ffffL);
  }

  /** A 4-byte field of the context as the last run left it. */
  public int field(int offset) {
    requireField(offset);
    return (int) Memory.load(MemSize.W, environment.context + ContextLayout.place(offset));
  }

  private static void requireField(int offset) {
    if (!ContextLayout.SK_BUFF.allows(offset, Integer.BYTES, false)
        || ContextLayout.SK_BUFF.isPointer(offset)) {
      throw new InvalidProgramException(
          "context: expected the offset of a number in struct __sk_buff, found " + offset);
    }
  }

  /** Interface that the last run redirected to, 0 if none. */
  public int redirectTarget() {
    return environment.redirectTarget;
  }
}
