package dev.scr.controlplane.session;

import java.nio.file.Path;
import java.util.Optional;

/** How a connection is protected. */
public sealed interface Security {

  /** Not at all, which is refused for a switch that is not on this machine. */
  record LocalOnly() implements Security {}

  /**
   * Not at all, wherever the switch is: whoever is on the network may read and change everything.
   */
  record Plaintext() implements Security {}

  /**
   * By TLS.
   *
   * @param trusted certificates (PEM) that may have signed the switch's; those of the Java platform
   *     if there is no file
   * @param identity the client's own certificate and key, if the switch asks for one
   * @param serverName the name in the switch's certificate where it is not the target's host
   */
  record Tls(Optional<Path> trusted, Optional<Identity> identity, Optional<String> serverName)
      implements Security {}

  /**
   * Who the client is.
   *
   * @param certificates PEM file with the client's certificate first
   * @param key PEM file with its private key (PKCS 8, no password)
   */
  record Identity(Path certificates, Path key) {}
}
