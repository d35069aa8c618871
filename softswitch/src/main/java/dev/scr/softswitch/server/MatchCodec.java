package dev.scr.softswitch.server;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.p4runtime.CanonicalBytes;
import dev.scr.softswitch.naming.PipelineNames.FieldName;
import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.state.FieldMatch;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.p4.config.v1.MatchField.MatchType;

/**
 * Match fields between the protocol and the tables. A field that matches everything is left out.
 */
final class MatchCodec {

  private MatchCodec() {}

  /**
   * A whole key from the protocol, in the order of the table's fields.
   *
   * @param what what messages call the table
   */
  static List<FieldMatch> decode(
      String what, List<FieldName> fields, List<org.p4.v1.FieldMatch> sent) {
    Map<Integer, org.p4.v1.FieldMatch> byId = new HashMap<>();
    for (org.p4.v1.FieldMatch match : sent) {
      if (byId.put(match.getFieldId(), match) != null) {
        throw Rejected.invalid(what + ": key field " + match.getFieldId() + " twice");
      }
    }
    List<FieldMatch> matches = new ArrayList<>();
    for (FieldName field : fields) {
      matches.add(decode(what + "." + field.name(), field, byId.remove(field.id())));
    }
    if (!byId.isEmpty()) {
      throw Rejected.invalid(what + ": no key field with id " + byId.keySet().iterator().next());
    }
    return matches;
  }

  private static FieldMatch decode(
      String what, FieldName field, org.p4.v1.@Nullable FieldMatch sent) {
    if (sent == null) {
      return absent(what, field);
    }
    return switch (field.matchType()) {
      case EXACT -> {
        checkKind(what, sent.hasExact(), field.matchType());
        yield new FieldMatch.Exact(number(what, field, sent.getExact().getValue()));
      }
      case LPM -> {
        checkKind(what, sent.hasLpm(), field.matchType());
        yield lpm(what, field, sent.getLpm());
      }
      case TERNARY -> {
        checkKind(what, sent.hasTernary(), field.matchType());
        yield ternary(what, field, sent.getTernary());
      }
      case RANGE -> {
        checkKind(what, sent.hasRange(), field.matchType());
        yield range(what, field, sent.getRange());
      }
      case OPTIONAL -> {
        checkKind(what, sent.hasOptional(), field.matchType());
        yield new FieldMatch.Ternary(
            number(what, field, sent.getOptional().getValue()), Bits.mask(field.bits()));
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw Rejected.unimplemented(what + ": its match type");
    };
  }

  private static FieldMatch absent(String what, FieldName field) {
    return switch (field.matchType()) {
      case LPM -> new FieldMatch.Lpm(BigInteger.ZERO, 0);
      case TERNARY, OPTIONAL -> new FieldMatch.Ternary(BigInteger.ZERO, BigInteger.ZERO);
      case RANGE -> new FieldMatch.Range(BigInteger.ZERO, Bits.mask(field.bits()));
      case EXACT, UNSPECIFIED, UNRECOGNIZED ->
          throw Rejected.invalid(what + ": expected a value, found none");
    };
  }

  private static void checkKind(String what, boolean as, MatchType expected) {
    if (!as) {
      throw Rejected.invalid(what + ": expected a match of type " + expected);
    }
  }

  private static BigInteger number(String what, FieldName field, ByteString bytes) {
    return CanonicalBytes.decode(bytes, field.bits(), what);
  }

  private static FieldMatch lpm(String what, FieldName field, org.p4.v1.FieldMatch.LPM sent) {
    BigInteger value = number(what, field, sent.getValue());
    int length = sent.getPrefixLen();
    if (length <= 0) {
      throw Rejected.invalid(
          what + ": expected a prefix length > 0, found " + length + "; leave the field out");
    }
    if (length > field.bits()) {
      throw new Rejected(
          Code.INVALID_ARGUMENT,
          what + ": expected a prefix length up to " + field.bits() + ", found " + length);
    }
    if (!value.and(FieldMatch.prefixMask(length, field.bits())).equals(value)) {
      throw Rejected.invalid(what + ": bits after the prefix must be 0");
    }
    return new FieldMatch.Lpm(value, length);
  }

  private static FieldMatch ternary(
      String what, FieldName field, org.p4.v1.FieldMatch.Ternary sent) {
    BigInteger value = number(what, field, sent.getValue());
    BigInteger mask = number(what, field, sent.getMask());
    if (mask.signum() == 0) {
      throw Rejected.invalid(what + ": expected a mask other than 0; leave the field out");
    }
    if (!value.and(mask).equals(value)) {
      throw Rejected.invalid(what + ": bits outside the mask must be 0");
    }
    return new FieldMatch.Ternary(value, mask);
  }

  private static FieldMatch range(String what, FieldName field, org.p4.v1.FieldMatch.Range sent) {
    BigInteger low = number(what, field, sent.getLow());
    BigInteger high = number(what, field, sent.getHigh());
    if (low.compareTo(high) > 0) {
      throw Rejected.invalid(what + ": expected low <= high, found " + low + " and " + high);
    }
    if (low.signum() == 0 && high.equals(Bits.mask(field.bits()))) {
      throw Rejected.invalid(what + ": the range matches everything; leave the field out");
    }
    return new FieldMatch.Range(low, high);
  }

  /** A whole key to the protocol. */
  static List<org.p4.v1.FieldMatch> encode(List<FieldName> fields, List<FieldMatch> matches) {
    List<org.p4.v1.FieldMatch> encoded = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      FieldName field = fields.get(i);
      org.p4.v1.FieldMatch.Builder match = org.p4.v1.FieldMatch.newBuilder().setFieldId(field.id());
      if (encode(field, matches.get(i), match)) {
        encoded.add(match.build());
      }
    }
    return encoded;
  }

  private static boolean encode(
      FieldName field, FieldMatch match, org.p4.v1.FieldMatch.Builder into) {
    switch (match) {
      case FieldMatch.Exact exact -> into.getExactBuilder().setValue(bytes(field, exact.value()));
      case FieldMatch.Lpm lpm -> {
        if (lpm.prefixLength() == 0) {
          return false;
        }
        into.getLpmBuilder().setValue(bytes(field, lpm.value())).setPrefixLen(lpm.prefixLength());
      }
      case FieldMatch.Ternary ternary -> {
        if (ternary.mask().signum() == 0) {
          return false;
        }
        if (field.matchType() == MatchType.OPTIONAL) {
          into.getOptionalBuilder().setValue(bytes(field, ternary.value()));
        } else {
          into.getTernaryBuilder()
              .setValue(bytes(field, ternary.value()))
              .setMask(bytes(field, ternary.mask()));
        }
      }
      case FieldMatch.Range range -> {
        if (range.equals(new FieldMatch.Range(BigInteger.ZERO, Bits.mask(field.bits())))) {
          return false;
        }
        into.getRangeBuilder()
            .setLow(bytes(field, range.low()))
            .setHigh(bytes(field, range.high()));
      }
    }
    return true;
  }

  private static ByteString bytes(FieldName field, BigInteger value) {
    return CanonicalBytes.encode(value, field.bits(), field.name());
  }
}
