package dev.scr.p4runtime;

import com.google.protobuf.TextFormat;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.p4.config.v1.P4Info;

/**
 * P4Info in protobuf's text format, as {@code p4c --p4runtime-files NAME.p4info.txtpb} writes it.
 */
public final class P4InfoText {
  private P4InfoText() {}

  /**
   * Reads P4Info from text.
   *
   * @param source what messages call it, as in a file's name
   * @throws BadPipeline with source, line and column
   */
  public static P4Info parse(String text, String source) {
    try {
      return TextFormat.parse(text, P4Info.class);
    } catch (TextFormat.ParseException e) {
      throw new BadPipeline(
          source
              + ":"
              + e.getLine()
              + ":"
              + e.getColumn()
              + ": expected P4Info in protobuf text format; found: "
              + withoutPosition(String.valueOf(e.getMessage())));
    }
  }

  /**
   * Reads P4Info from a text file.
   *
   * @throws BadPipeline with file, line and column, or if it cannot be read
   */
  public static P4Info read(Path file) {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (NoSuchFileException e) {
      throw new BadPipeline(file + ": expected a P4Info text file; found no such file");
    } catch (CharacterCodingException e) {
      throw new BadPipeline(
          file + ": expected P4Info in protobuf text format; found bytes that are not UTF-8 text");
    } catch (IOException e) {
      throw new BadPipeline(
          file + ": expected a P4Info text file; found one that cannot be read: " + e.getMessage());
    }
  }

  /** Writes P4Info as text, which {@link #parse} reads back to the same. */
  public static String print(P4Info info) {
    return TextFormat.printer().printToString(info);
  }

  /** Protobuf puts {@code line:column: } in front, which our message has already. */
  private static String withoutPosition(String message) {
    return message.replaceFirst("^\\d+:\\d+: ", "");
  }
}
