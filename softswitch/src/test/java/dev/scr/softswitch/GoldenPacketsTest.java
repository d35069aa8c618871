package dev.scr.softswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.scr.softswitch.stf.EmbeddedTarget;
import dev.scr.softswitch.stf.StfParser;
import dev.scr.softswitch.stf.StfRunner;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** v1model behaviour, packet by packet: the STF files in golden/. */
class GoldenPacketsTest {

  @ParameterizedTest
  @ValueSource(strings = {"forwarding", "copies", "headers", "state", "tables"})
  void packetsComeOutAsWritten(String name) {
    String file = name + ".stf";
    SwitchPipeline pipeline = Fixture.pipeline();
    EmbeddedTarget target = new EmbeddedTarget(new EmbeddedSwitch(1, Fixture.options()), pipeline);
    List<String> failures =
        StfRunner.run(file, StfParser.parse(file, Fixture.text("golden/" + file)), target);
    assertEquals(List.of(), failures);
  }
}
