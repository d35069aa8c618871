package dev.scr.softswitch.stf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.softswitch.Fixture;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StfParserTest {

  private static StfCommand parse(String line) {
    List<StfCommand> commands = StfParser.parse("t.stf", line);
    assertEquals(1, commands.size());
    return commands.getFirst();
  }

  @Test
  void entries() {
    StfCommand.AddEntry entry =
        (StfCommand.AddEntry)
            parse("ADD c.table 100 h$0.f:0x0*12 g:10/8 \"a.b\":1 act(p:0x1, q:2) = A # why");
    assertEquals("c.table", entry.table());
    assertEquals(100, entry.priority().orElseThrow());
    assertEquals(Map.of("h$0.f", "0x0*12", "g", "10/8", "a.b", "1"), entry.key());
    assertEquals("act", entry.action().action());
    assertEquals(Map.of("p", "0x1", "q", "2"), entry.action().arguments());
    assertEquals("A", entry.label().orElseThrow());
  }

  @Test
  void packetsMaySpanLines() {
    List<StfCommand> commands =
        StfParser.parse("t.stf", "packet 1 0102\n  0304\nexpect 2 01*2\n  03$\nno_packet\nwait\n");
    assertEquals(4, commands.size());
    assertEquals(4, ((StfCommand.SendPacket) commands.get(0)).bytes().length);
    PacketPattern pattern = ((StfCommand.ExpectPacket) commands.get(1)).pattern().orElseThrow();
    assertTrue(pattern.matches(Fixture.hex("01f203")));
    assertFalse(pattern.matches(Fixture.hex("01f20300")));
    assertFalse(pattern.matches(Fixture.hex("01f204")));
    assertEquals(2, ((StfCommand.ExpectPacket) commands.get(1)).port());
    assertEquals(3, commands.get(1).line());
  }

  @Test
  void aPatternWithoutDollarIsAPrefix() {
    assertTrue(PacketPattern.parse("01").matches(Fixture.hex("0102")));
    assertFalse(PacketPattern.parse("0102").matches(Fixture.hex("01")));
  }

  @Test
  void numbers() {
    assertEquals(BigInteger.TEN, StfNumber.parse("10"));
    assertEquals(BigInteger.TEN, StfNumber.parse("0xa"));
    assertEquals(BigInteger.TEN, StfNumber.parse("0b1010"));
    assertEquals(BigInteger.TEN, StfNumber.parse("0o12"));
    assertEquals(
        BigInteger.valueOf(0xff0f), StfNumber.mask("0x1*2", 16).or(BigInteger.valueOf(0xf000)));
    assertEquals(BigInteger.valueOf(0xff), StfNumber.mask("7", 8));
    assertEquals(8, StfNumber.prefixLength("0x0a******", 32));
    assertEquals(32, StfNumber.prefixLength("10", 32));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jump 1",
        "add t",
        "add t x act()",
        "packet 1 012",
        "packet x 01",
        "expect 1 zz",
        "check_counter c",
        "setdefault t"
      })
  void badLinesAreNamed(String line) {
    StfSyntaxException e =
        assertThrows(StfSyntaxException.class, () -> StfParser.parse("t.stf", "\n" + line));
    assertTrue(String.valueOf(e.getMessage()).startsWith("t.stf:2: expected "), e.getMessage());
  }
}
