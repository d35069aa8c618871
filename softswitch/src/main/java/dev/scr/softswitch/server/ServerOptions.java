package dev.scr.softswitch.server;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How the server speaks and what it puts up with.
 *
 * @param tls keys and certificates; empty for plain text
 * @param maxMessageBytes largest request that is read
 * @param maxMetadataBytes largest request header that is read
 * @param maxStreamsPerRole how many clients may compete for one role of a device
 * @param maxCallsPerConnection how many calls of one connection may be in progress
 */
public record ServerOptions(
    Optional<Tls> tls,
    int maxMessageBytes,
    int maxMetadataBytes,
    int maxStreamsPerRole,
    int maxCallsPerConnection) {

  private static final int MIB = 1 << 20;

  /**
   * Transport security.
   *
   * @param certificateChain PEM file with the server's certificate
   * @param privateKey PEM file with its key (PKCS #8)
   * @param clientCa PEM file with the authority that clients' certificates must come from; empty if
   *     clients need none
   */
  public record Tls(Path certificateChain, Path privateKey, Optional<Path> clientCa) {}

  /** Plain text; 64 MiB messages, 16 streams for each role. */
  public static ServerOptions defaults() {
    return new ServerOptions(Optional.empty(), 64 * MIB, MIB, 16, 64);
  }

  /** The same with transport security. */
  public ServerOptions withTls(Tls newTls) {
    return new ServerOptions(
        Optional.of(newTls),
        maxMessageBytes,
        maxMetadataBytes,
        maxStreamsPerRole,
        maxCallsPerConnection);
  }
}
