package dev.scr.endtoend;

import dev.scr.linux.net.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Makes a TCP server inside a network namespace reachable from this one: whoever connects to {@link
 * #port} on the loopback address is connected to it. A socket belongs to the namespace of the
 * thread that opens it, so each connection is opened by a thread that has gone there.
 */
final class NamespaceRelay implements AutoCloseable {
  private static final int CONNECT_TIMEOUT_MS = 5000;

  private final String namespace;
  private final InetSocketAddress target;
  private final ServerSocket server;
  private final Queue<Socket> open = new ConcurrentLinkedQueue<>();

  NamespaceRelay(String namespace, int targetPort) throws IOException {
    this.namespace = namespace;
    this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
    this.server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().name("relay to " + namespace).start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket near = server.accept();
        open.add(near);
        Thread.ofPlatform().daemon().start(() -> connect(near));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void connect(Socket near) {
    try (near;
        Socket far = new Socket();
        NetworkNamespace there = NetworkNamespace.named(namespace)) {
      there.enter();
      far.connect(target, CONNECT_TIMEOUT_MS);
      open.add(far);
      Thread back = Thread.ofPlatform().daemon().start(() -> copy(far, near));
      copy(near, far);
      back.join();
    } catch (IOException e) {
      // The client sees its connection closed, which is what has happened.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // One side has gone: so does the other.
      try {
        from.close();
        to.close();
      } catch (IOException _) {
        // Nothing is left to do.
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
