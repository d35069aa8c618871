package dev.scr.linux.call;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file descriptor of this process, closed at most once. Any thread may close it; its number
 * must not be used afterwards.
 */
public final class FileDescriptor implements AutoCloseable {
  private static final int CLOSED = -1;

  private final AtomicInteger number;

  private FileDescriptor(int number) {
    this.number = new AtomicInteger(number);
  }

  /**
   * Takes over what a call returned; {@code operation} names the call in the exception when that is
   * an error.
   */
  public static FileDescriptor of(int result, String operation) {
    return new FileDescriptor(SystemCallException.check(result, operation));
  }

  /** The number for system calls. */
  public int number() {
    int current = number.get();
    if (current == CLOSED) {
      throw new IllegalStateException("file descriptor: expected open, found closed");
    }
    return current;
  }

  public boolean isOpen() {
    return number.get() != CLOSED;
  }

  @Override
  public void close() {
    int current = number.getAndSet(CLOSED);
    if (current != CLOSED) {
      FileCalls.close(current);
    }
  }

  @Override
  public String toString() {
    return "fd " + number.get();
  }
}
