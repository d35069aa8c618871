package dev.scr.softswitch.server;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.p4runtime.CanonicalBytes;
import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.state.RegisterArray;
import java.math.BigInteger;
import org.p4.config.v1.P4DataTypeSpec;
import org.p4.config.v1.P4Info;
import org.p4.config.v1.Register;
import org.p4.v1.P4Data;

/**
 * The cells of a register array between the protocol and the switch: unsigned numbers, two's
 * complement numbers, or booleans.
 */
record RegisterCodec(String name, int bits, Kind kind) {

  enum Kind {
    UNSIGNED,
    SIGNED,
    BOOLEAN
  }

  static RegisterCodec of(P4Info info, int id, RegisterArray array) {
    P4DataTypeSpec type = P4DataTypeSpec.getDefaultInstance();
    for (Register register : info.getRegistersList()) {
      if (register.getPreamble().getId() == id) {
        type = register.getTypeSpec();
      }
    }
    Kind kind =
        type.hasBool() ? Kind.BOOLEAN : type.getBitstring().hasInt() ? Kind.SIGNED : Kind.UNSIGNED;
    return new RegisterCodec(array.name(), array.bits(), kind);
  }

  BigInteger decode(P4Data data) {
    return switch (kind) {
      case BOOLEAN -> {
        if (!data.hasBool()) {
          throw Rejected.invalid(name + ": expected a bool");
        }
        yield data.getBool() ? BigInteger.ONE : BigInteger.ZERO;
      }
      case UNSIGNED -> CanonicalBytes.decode(bitstring(data), bits, name);
      case SIGNED -> signed(bitstring(data));
    };
  }

  private ByteString bitstring(P4Data data) {
    if (!data.hasBitstring()) {
      throw Rejected.invalid(name + ": expected a bitstring of " + bits + " bits");
    }
    return data.getBitstring();
  }

  private BigInteger signed(ByteString bytes) {
    if (bytes.isEmpty()) {
      throw Rejected.invalid(name + ": expected a bitstring of " + bits + " bits, found none");
    }
    BigInteger value = new BigInteger(bytes.toByteArray());
    if (value.bitLength() >= bits) {
      throw new Rejected(
          Code.OUT_OF_RANGE, name + ": expected " + bits + " bits, found the number " + value);
    }
    return Bits.lowBits(value, bits);
  }

  P4Data encode(BigInteger cell) {
    return switch (kind) {
      case BOOLEAN -> P4Data.newBuilder().setBool(cell.signum() != 0).build();
      case UNSIGNED ->
          P4Data.newBuilder().setBitstring(CanonicalBytes.encode(cell, bits, name)).build();
      case SIGNED -> {
        BigInteger value =
            cell.testBit(bits - 1) ? cell.subtract(BigInteger.ONE.shiftLeft(bits)) : cell;
        yield P4Data.newBuilder().setBitstring(ByteString.copyFrom(value.toByteArray())).build();
      }
    };
  }
}
