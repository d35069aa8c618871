package dev.scr.cli;

import dev.scr.hosts.live.Forwarding;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.net.NetworkLink;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a worker sends its packets on to. */
final class ForwardingOptions {
  @Option(
      names = "--deliver",
      paramLabel = "IFACE",
      description =
          "Send packets that pass there, as they were before the sequencer (default: nowhere).")
  private @Nullable String deliver;

  @Option(
      names = "--transmit",
      paramLabel = "IFACE",
      description =
          "Send packets with verdict tx there, likewise; may be the same interface (default: nowhere).")
  private @Nullable String transmit;

  @Option(
      names = "--force",
      description =
          "Let packets leave by the interface of -i, too: for a network that takes them elsewhere,"
              + " and not back to the sequencer.")
  private boolean force;

  /** Whether packets are sent anywhere. */
  boolean any() {
    return deliver != null || transmit != null;
  }

  /** Refuses interfaces by which nothing can leave as it should. */
  void check(NetworkLink in, Output output) {
    check("--deliver", deliver, in, output);
    check("--transmit", transmit, in, output);
  }

  private void check(String option, @Nullable String name, NetworkLink in, Output output) {
    if (name == null) {
      return;
    }
    NetworkLink link = link(option, name);
    if (!link.ethernet()) {
      throw CommandFailure.badInput(
          "%s: expected an interface with Ethernet frames; found '%s', which has none"
              .formatted(option, name));
    }
    if (link.index() == in.index() && !force) {
      throw CommandFailure.badInput(
          "%s: expected another interface than that of -i; found '%s': a sequencer at its other end takes"
                  .formatted(option, name)
              + " what comes back for new packets, without end. --force allows it");
    }
    if (!link.running()) {
      output.warn(
          "%s %s is down or has no carrier: packets for it are unsent until that changes",
          option, name);
    }
  }

  /** An interface that has to be there. */
  static NetworkLink link(String option, String name) {
    try {
      return NetworkLink.named(name);
    } catch (SystemCallException | IllegalArgumentException e) {
      throw CommandFailure.badInput(
          "%s: expected a network interface; found '%s' (%s)"
              .formatted(option, name, e.getMessage()));
    }
  }

  /** Opens them, for the calling thread. */
  Forwarding open() {
    try {
      return Forwarding.open(deliver, transmit);
    } catch (SystemCallException e) {
      throw CommandFailure.environment(words() + ": " + e.getMessage());
    }
  }

  /** As they were given. */
  String words() {
    String first = deliver == null ? "" : "--deliver " + deliver;
    String second = transmit == null ? "" : "--transmit " + transmit;
    return first + (first.isEmpty() || second.isEmpty() ? "" : " ") + second;
  }
}
