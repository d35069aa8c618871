package dev.scr.p4runtime;

/**
 * The number that stands for a name on the wire, a {@code uint32}.
 *
 * <p>Its text is the number as P4Info prints it.
 */
public sealed interface P4Id {

  /** The 32 bits; ids of externs have the top bit set and are negative here. */
  int value();

  private static String text(int value) {
    return Integer.toUnsignedString(value);
  }

  /** Of a table. */
  record TableId(int value) implements P4Id {
    @Override
    public String toString() {
      return text(value);
    }
  }

  /** Of a field in the key of one table. */
  record FieldId(int value) implements P4Id {
    @Override
    public String toString() {
      return text(value);
    }
  }

  /** Of an action. */
  record ActionId(int value) implements P4Id {
    @Override
    public String toString() {
      return text(value);
    }
  }

  /** Of a parameter of one action. */
  record ParamId(int value) implements P4Id {
    @Override
    public String toString() {
      return text(value);
    }
  }

  /** Of an indexed counter. */
  record CounterId(int value) implements P4Id {
    @Override
    public String toString() {
      return text(value);
    }
  }

  /** Of a counter that belongs to the entries of one table. */
  record DirectCounterId(int value) implements P4Id {
    @Override
    public String toString() {
      return text(value);
    }
  }

  /** Of a register array. */
  record RegisterId(int value) implements P4Id {
    @Override
    public String toString() {
      return text(value);
    }
  }

  /** Of {@code packet_in} or {@code packet_out}. */
  record PacketHeaderId(int value) implements P4Id {
    @Override
    public String toString() {
      return text(value);
    }
  }

  /** Of a field of {@code packet_in} or {@code packet_out}. */
  record MetadataId(int value) implements P4Id {
    @Override
    public String toString() {
      return text(value);
    }
  }
}
