package dev.scr.softswitch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The compiled program of the tests belongs to its source. */
class FixtureIsFreshTest {

  private static final String REMEDY =
      "; compile features.p4 again and write its hash and compiler to features.record";

  private static String recorded(String key) {
    return Fixture.text("features.record")
        .lines()
        .filter(line -> line.startsWith(key + " "))
        .map(line -> line.substring(key.length() + 1))
        .findFirst()
        .orElse("");
  }

  @Test
  void theRecordNamesTheSource() throws NoSuchAlgorithmException {
    String source = Fixture.text("features.p4").replace("\r\n", "\n");
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(source.getBytes(StandardCharsets.UTF_8));
    assertEquals(
        "sha256:" + HexFormat.of().formatHex(digest),
        recorded("source"),
        "features.p4 has changed" + REMEDY);
  }

  @Test
  void theCompilerGivesTheSameAgain(@TempDir Path folder) throws IOException, InterruptedException {
    String version = Compiler.version();
    assumeTrue(!version.isEmpty(), "p4c-bm2-ss is not installed");
    assumeTrue(
        version.equals(recorded("compiler")),
        "p4c-bm2-ss is " + version + ", the fixture was compiled by " + recorded("compiler"));
    Path source = folder.resolve("features.p4");
    Files.write(source, Fixture.resource("features.p4"));
    Optional<String> problem = Compiler.compile(source, folder);
    assertTrue(problem.isEmpty(), problem::orElseThrow);
    assertArrayEquals(Fixture.json(), Files.readAllBytes(folder.resolve("features.json")), REMEDY);
    assertArrayEquals(
        Fixture.resource("features.p4info.txtpb"),
        Files.readAllBytes(folder.resolve("features.p4info.txtpb")),
        REMEDY);
  }
}
