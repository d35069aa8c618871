package dev.scr.softswitch.program;

import dev.scr.softswitch.packet.HeaderCodec;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.packet.Phv;
import java.util.List;

/** The deparser: updates checksums, then writes the valid headers in order and the payload. */
final class DeparserNode {

  private final int[] headers;
  private final HeaderCodec[] codecs;
  private final Checksum[] checksums;
  private final Primitive[] primitives;

  DeparserNode(
      List<Integer> headers,
      List<HeaderCodec> codecs,
      List<Checksum> checksums,
      List<Primitive> primitives) {
    this.headers = headers.stream().mapToInt(Integer::intValue).toArray();
    this.codecs = codecs.toArray(HeaderCodec[]::new);
    this.checksums = checksums.toArray(Checksum[]::new);
    this.primitives = primitives.toArray(Primitive[]::new);
  }

  boolean run(Packet packet, FrameBuffer out) {
    for (Checksum checksum : checksums) {
      checksum.update(packet);
    }
    for (Primitive primitive : primitives) {
      primitive.run(packet);
    }
    Phv phv = packet.phv;
    int payload = packet.remaining();
    int size = payload;
    for (int header : headers) {
      if (phv.isValid(header)) {
        size += phv.wireBytes(header);
      }
    }
    if (size > packet.capacity) {
      return false;
    }
    out.resize(size);
    int at = 0;
    for (int i = 0; i < headers.length; i++) {
      int header = headers[i];
      if (phv.isValid(header)) {
        codecs[i].deparse(phv, header, out.bytes, at * 8);
        at += phv.wireBytes(header);
      }
    }
    System.arraycopy(packet.frame, packet.position, out.bytes, at, payload);
    return true;
  }
}
