package dev.scr.softswitch.server;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the keys and certificates of a server. */
final class TlsKeys {

  private TlsKeys() {}

  /**
   * What a server with these files speaks.
   *
   * @throws IOException if a file cannot be read or has something else in it
   */
  static SslContext context(ServerOptions.Tls tls) throws IOException {
    File chain = readable(tls.certificateChain(), "a PEM certificate");
    File key = readable(tls.privateKey(), "a PEM private key (PKCS #8)");
    try {
      SslContextBuilder builder = GrpcSslContexts.forServer(chain, key);
      if (tls.clientCa().isPresent()) {
        File authority = readable(tls.clientCa().get(), "a PEM certificate");
        builder.trustManager(authority).clientAuth(ClientAuth.REQUIRE);
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      // Netty names the file and what it found in it.
      throw new IOException("TLS: " + e.getMessage(), e);
    }
  }

  private static File readable(Path file, String what) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException(file + ": expected " + what + ", found no file that can be read");
    }
    return file.toFile();
  }
}
