package dev.scr.softswitch.ports;

/**
 * A network interface that is to be a port, as in {@code -i PORT@INTERFACE}.
 *
 * @param port number of the port, 0 to 510
 * @param interfaceName name of the interface
 */
public record Attachment(int port, String interfaceName) {
  private static final int MAX_PORT = 510;

  public Attachment {
    if (port < 0 || port > MAX_PORT || interfaceName.isEmpty()) {
      throw new IllegalArgumentException(
          "expected PORT@INTERFACE with a port from 0 to "
              + MAX_PORT
              + "; found '"
              + port
              + "@"
              + interfaceName
              + "'");
    }
  }

  /**
   * Reads {@code PORT@INTERFACE}.
   *
   * @throws IllegalArgumentException if the text is not of this form
   */
  public static Attachment parse(String text) {
    int at = text.indexOf('@');
    try {
      if (at > 0) {
        return new Attachment(Integer.parseInt(text.substring(0, at)), text.substring(at + 1));
      }
    } catch (NumberFormatException _) {
      // said below
    }
    throw new IllegalArgumentException("expected PORT@INTERFACE; found '" + text + "'");
  }

  @Override
  public String toString() {
    return port + "@" + interfaceName;
  }
}
