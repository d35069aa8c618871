package dev.scr.controlplane.session;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the transport of a session. */
final class Connection {
  /** A switch answers a batch with one error for each update, all in one header. */
  private static final int MAX_METADATA_BYTES = 16 << 20;

  private static final int MAX_MESSAGE_BYTES = 256 << 20;

  private Connection() {}

  /**
   * A channel that connects with its first call. It never pings: BMv2 hangs up on clients that do
   * so more often than every five minutes.
   *
   * @throws BadOption if a key file cannot be used, or an unprotected connection would leave this
   *     machine
   */
  static ManagedChannel open(SwitchAddress target, Security security) {
    ChannelCredentials credentials = credentials(target, security);
    try {
      NettyChannelBuilder builder =
          NettyChannelBuilder.forAddress(target.host(), target.port(), credentials)
              .maxInboundMetadataSize(MAX_METADATA_BYTES)
              .maxInboundMessageSize(MAX_MESSAGE_BYTES);
      if (security instanceof Security.Tls tls) {
        tls.serverName().ifPresent(builder::overrideAuthority);
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new BadOption("TLS: expected usable certificates and key; found: " + e.getMessage());
    }
  }

  private static ChannelCredentials credentials(SwitchAddress target, Security security) {
    return switch (security) {
      case Security.Plaintext _ -> InsecureChannelCredentials.create();
      case Security.LocalOnly _ when target.isLoopback() -> InsecureChannelCredentials.create();
      case Security.LocalOnly _ ->
          throw new BadOption(
              "target "
                  + target
                  + ": expected TLS to a switch that is not on this machine; found no TLS options; give its certificate"
                  + " authority, or say that plaintext is all right");
      case Security.Tls tls -> credentials(tls);
    };
  }

  private static ChannelCredentials credentials(Security.Tls tls) {
    TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
    try {
      if (tls.trusted().isPresent()) {
        builder.trustManager(readable("certificate authority", tls.trusted().get()).toFile());
      }
      if (tls.identity().isPresent()) {
        Security.Identity identity = tls.identity().get();
        builder.keyManager(
            readable("certificate", identity.certificates()).toFile(),
            readable("key", identity.key()).toFile());
      }
      return builder.build();
    } catch (IOException e) {
      throw new BadOption("TLS: expected readable PEM files; found: " + e.getMessage());
    }
  }

  private static Path readable(String what, Path file) {
    if (!Files.isReadable(file)) {
      throw new BadOption(
          file + ": expected the TLS " + what + ", a readable PEM file; found none");
    }
    return file;
  }
}
