package dev.scr.linux.net;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileCalls;
import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.call.ThreadCalls;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * A network namespace, held open so that it lives as long as this object. Entering moves the
 * calling platform thread only; threads that it starts afterwards inherit the namespace, and
 * sockets stay where they were opened. Safe for use by many threads.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final Path NAMED = Path.of("/run/netns");

  private final String name;
  private final FileDescriptor descriptor;

  private NetworkNamespace(String name, Path path) {
    this.name = name;
    int result = FileCalls.open(path.toString(), FileCalls.O_RDONLY);
    if (result < 0) {
      String remedy = result == -Errno.ENOENT ? "'ip netns list' shows those that exist" : "";
      throw new SystemCallException("open network namespace " + name, -result, remedy);
    }
    this.descriptor = FileDescriptor.of(result, name);
  }

  /** One that {@code ip netns add NAME} made. */
  public static NetworkNamespace named(String name) {
    if (name.isEmpty() || name.contains("/") || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(
          "network namespace: expected a name as 'ip netns list' prints it, found '" + name + "'");
    }
    return new NetworkNamespace(name, NAMED.resolve(name));
  }

  /** The calling thread's. */
  public static NetworkNamespace current() {
    return new NetworkNamespace("of the calling thread", Path.of("/proc/thread-self/ns/net"));
  }

  /** Moves the calling platform thread into this namespace for good. */
  public void enter() {
    SystemCallException.check(
        ThreadCalls.setNamespace(descriptor.number(), ThreadCalls.CLONE_NEWNET),
        "enter network namespace " + name);
  }

  /**
   * Runs {@code action} in this namespace on the calling platform thread, which then goes back to
   * its own.
   */
  public <T> T call(Callable<T> action) throws Exception {
    try (NetworkNamespace home = current()) {
      enter();
      try {
        return action.call();
      } finally {
        home.enter();
      }
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }

  @Override
  public String toString() {
    return "network namespace " + name;
  }
}
