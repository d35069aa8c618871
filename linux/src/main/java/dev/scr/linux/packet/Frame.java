package dev.scr.linux.packet;

/**
 * A received frame, copied: for tests and tools. Hot paths use {@link FrameBatch}.
 *
 * @param bytes from the destination MAC on, VLAN tag in its place, without the frame check sequence
 * @param timestampNs when the kernel received it, nanoseconds since 1970
 * @param originalLength bytes on the wire; more than {@code bytes} holds when the frame was cut
 */
@SuppressWarnings("ArrayRecordComponent") // A value to look at; nobody compares two of them.
public record Frame(byte[] bytes, long timestampNs, int originalLength) {}
