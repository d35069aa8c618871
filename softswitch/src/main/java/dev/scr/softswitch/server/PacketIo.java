package dev.scr.softswitch.server;

import com.google.protobuf.ByteString;
import dev.scr.p4runtime.CanonicalBytes;
import dev.scr.softswitch.naming.PipelineNames.FieldName;
import dev.scr.softswitch.naming.PipelineNames.PacketHeader;
import dev.scr.softswitch.packet.Bits;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.p4.v1.PacketIn;
import org.p4.v1.PacketMetadata;
import org.p4.v1.PacketOut;

/**
 * Packets between the protocol and the CPU port: there, the metadata is a header in front of the
 * packet, the fields one after the other as the P4Info lists them.
 */
final class PacketIo {

  private PacketIo() {}

  /** The frame that a packet-out stands for. */
  static byte[] frame(Optional<PacketHeader> header, PacketOut packet) {
    Map<Integer, ByteString> given = new HashMap<>();
    for (PacketMetadata metadata : packet.getMetadataList()) {
      if (given.put(metadata.getMetadataId(), metadata.getValue()) != null) {
        throw Rejected.invalid("packet_out: metadata " + metadata.getMetadataId() + " twice");
      }
    }
    int headerBytes = header.map(PacketHeader::bytes).orElse(0);
    byte[] frame = new byte[headerBytes + packet.getPayload().size()];
    int bit = 0;
    if (header.isPresent()) {
      for (FieldName field : header.get().fields()) {
        ByteString value = given.remove(field.id());
        if (value == null) {
          throw Rejected.invalid("packet_out." + field.name() + ": expected a value, found none");
        }
        BigInteger number =
            CanonicalBytes.decode(value, field.bits(), "packet_out." + field.name());
        Bits.writeWide(frame, bit, field.bits(), number);
        bit += field.bits();
      }
    }
    if (!given.isEmpty()) {
      throw Rejected.invalid(
          "packet_out has no metadata with id " + given.keySet().iterator().next());
    }
    packet.getPayload().copyTo(frame, headerBytes);
    return frame;
  }

  /**
   * The packet-in that a frame to the CPU port stands for; none if it is shorter than its header.
   */
  static Optional<PacketIn> packetIn(
      Optional<PacketHeader> header, byte[] bytes, int offset, int length) {
    int headerBytes = header.map(PacketHeader::bytes).orElse(0);
    if (length < headerBytes) {
      return Optional.empty();
    }
    PacketIn.Builder packet = PacketIn.newBuilder();
    if (header.isPresent()) {
      byte[] front = Arrays.copyOfRange(bytes, offset, offset + headerBytes);
      int bit = 0;
      for (FieldName field : header.get().fields()) {
        packet.addMetadata(
            PacketMetadata.newBuilder()
                .setMetadataId(field.id())
                .setValue(
                    CanonicalBytes.encode(
                        Bits.readWide(front, bit, field.bits()), field.bits(), field.name())));
        bit += field.bits();
      }
    }
    return Optional.of(
        packet
            .setPayload(ByteString.copyFrom(bytes, offset + headerBytes, length - headerBytes))
            .build());
  }
}
