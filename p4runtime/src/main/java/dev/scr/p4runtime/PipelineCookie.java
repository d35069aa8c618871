package dev.scr.p4runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.p4.config.v1.P4Info;

/**
 * Names a pipeline by its content, so that a controller sees whether a switch has it already: the
 * first 8 bytes of SHA-256 over P4Info and device configuration.
 *
 * @param value the 8 bytes, big-endian
 */
public record PipelineCookie(long value) {

  /** The cookie of a pipeline. */
  public static PipelineCookie of(P4Info info, ByteString deviceConfig) {
    MessageDigest sha256 = sha256();
    sha256.update(deterministicBytes(info));
    deviceConfig.asReadOnlyByteBufferList().forEach(sha256::update);
    return new PipelineCookie(ByteBuffer.wrap(sha256.digest()).getLong());
  }

  /** Protobuf does not promise the same bytes for the same maps unless it is asked to. */
  private static byte[] deterministicBytes(P4Info info) {
    byte[] bytes = new byte[info.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      info.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out.checkNoSpaceLeft();
    return bytes;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** As in {@code 0x00c0ffee12345678}. */
  @Override
  public String toString() {
    return String.format("0x%016x", value);
  }
}
