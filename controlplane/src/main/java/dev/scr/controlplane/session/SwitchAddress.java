package dev.scr.controlplane.session;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a switch serves P4Runtime.
 *
 * @param host name or address, an IPv6 address without brackets
 * @param port TCP port
 */
public record SwitchAddress(String host, int port) {
  /** The port that IANA has given to P4Runtime. */
  public static final int DEFAULT_PORT = 9559;

  /** A switch on this machine. */
  public static final SwitchAddress LOCAL = new SwitchAddress("127.0.0.1", DEFAULT_PORT);

  private static final Pattern TEXT =
      Pattern.compile("(?:\\[([^\\]]+)\\]|([^:\\[\\]]+))(?::(\\d{1,5}))?");

  public SwitchAddress {
    if (port < 1 || port > 65535) {
      throw new BadOption("target " + host + ": expected a port of 1..65535; found " + port);
    }
  }

  /**
   * Reads {@code HOST}, {@code HOST:PORT} or {@code [IPV6]:PORT}; the port is 9559 where none is
   * given.
   *
   * @throws BadOption if it is none of them
   */
  public static SwitchAddress parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new BadOption("target: expected HOST:PORT or [IPV6]:PORT; found '" + text + "'");
    }
    String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
    int port = matcher.group(3) != null ? Integer.parseInt(matcher.group(3)) : DEFAULT_PORT;
    return new SwitchAddress(host, port);
  }

  /** Whether it is on this machine by its name, without asking a name server. */
  public boolean isLoopback() {
    return host.equals("localhost")
        || host.equals("::1")
        || host.matches("127\\.\\d+\\.\\d+\\.\\d+");
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
