package dev.scr.p4runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p4.config.v1.P4Info;

class P4InfoTextTest {

  @Test
  void printsAndParsesBack() {
    P4Info info = P4InfoText.parse(Samples.p4infoText(), "x");
    assertEquals(info, P4InfoText.parse(P4InfoText.print(info), "x"));
  }

  @Test
  void saysWhereItBreaks() {
    String text = "pkg_info {\n  nme: \"portknock\"\n}\n";
    BadPipeline e = assertThrows(BadPipeline.class, () -> P4InfoText.parse(text, "x.p4info.txtpb"));
    assertTrue(
        String.valueOf(e.getMessage())
            .startsWith("x.p4info.txtpb:2:3: expected P4Info in protobuf text format; found: "),
        e::getMessage);
  }

  @Test
  void aMissingFileIsNamed(@TempDir Path folder) {
    Path file = folder.resolve("none.txtpb");
    BadPipeline e = assertThrows(BadPipeline.class, () -> P4InfoText.read(file));
    assertEquals(file + ": expected a P4Info text file; found no such file", e.getMessage());
  }

  @Test
  void aBinaryFileIsNamed(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("x.bin"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    BadPipeline e = assertThrows(BadPipeline.class, () -> P4InfoText.read(file));
    assertTrue(
        String.valueOf(e.getMessage())
            .startsWith(file + ": expected P4Info in protobuf text format"),
        e::getMessage);
  }

  @Test
  void theCookieFollowsTheContent() {
    P4Info info = P4InfoText.parse(Samples.p4infoText(), "x");
    ByteString json = ByteString.copyFrom(Samples.json());
    PipelineCookie cookie = PipelineCookie.of(info, json);
    assertEquals(cookie, PipelineCookie.of(P4InfoText.parse(P4InfoText.print(info), "y"), json));
    assertNotEquals(cookie, PipelineCookie.of(info, json.concat(ByteString.copyFromUtf8(" "))));
    assertNotEquals(cookie, PipelineCookie.of(info.toBuilder().clearRegisters().build(), json));
    assertEquals(
        "0xe3b0c44298fc1c14",
        PipelineCookie.of(P4Info.getDefaultInstance(), ByteString.EMPTY).toString());
  }
}
