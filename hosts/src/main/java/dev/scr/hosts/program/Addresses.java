package dev.scr.hosts.program;

/** IPv4 addresses as users write them. */
final class Addresses {
  private static final int PARTS = 4;

  private Addresses() {}

  /**
   * The address as a number.
   *
   * @throws NumberFormatException if it is not four numbers from 0 to 255 with points between them
   */
  static long parse(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != PARTS) {
      throw new NumberFormatException(text);
    }
    long address = 0;
    for (String part : parts) {
      int number = Integer.parseInt(part);
      if (number < 0 || number > 255) {
        throw new NumberFormatException(text);
      }
      address = address << 8 | number;
    }
    return address;
  }

  /** The number as an address. */
  static String text(long address) {
    return "%d.%d.%d.%d"
        .formatted(address >> 24 & 255, address >> 16 & 255, address >> 8 & 255, address & 255);
  }
}
