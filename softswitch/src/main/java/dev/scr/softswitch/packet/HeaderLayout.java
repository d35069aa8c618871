package dev.scr.softswitch.packet;

import dev.scr.softswitch.packet.FieldLayout.Storage;
import java.util.List;
import java.util.Optional;

/**
 * Layout of one header type.
 *
 * @param name the P4 name
 * @param fields in wire order
 * @param narrowSlots number of {@code long} slots
 * @param wideSlots number of {@code BigInteger} slots
 * @param fixedBits width on the wire without a variable-length field
 * @param maxBytes largest size on the wire, or 0 for no limit beyond the fixed part
 */
public record HeaderLayout(
    String name,
    List<FieldLayout> fields,
    int narrowSlots,
    int wideSlots,
    int fixedBits,
    int maxBytes) {

  /** The name of the read-only one-bit field that says whether a header is valid. */
  public static final String VALID_FIELD = "$valid$";

  /** The field of that name, without the hidden ones. */
  public Optional<FieldLayout> field(String fieldName) {
    for (FieldLayout field : fields) {
      if (field.name().equals(fieldName)) {
        return Optional.of(field);
      }
    }
    return Optional.empty();
  }

  /** Whether a field of the type has a variable length. */
  public boolean variableLength() {
    return fields.stream().anyMatch(field -> field.storage() == Storage.VARIABLE);
  }
}
