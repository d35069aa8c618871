package dev.scr.p4runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Bmv2ConfigTest {
  private final P4InfoIndex info = Samples.index();
  private final String good = new String(Samples.json(), StandardCharsets.UTF_8);

  @Test
  void acceptsAGoodOne() {
    Bmv2Config.check("x.json", Samples.json(), info);
  }

  @ParameterizedTest
  @CsvSource({
    "'[2, 0]', true",
    "'[2, 24]', true",
    "'[2, 25]', false",
    "'[3, 0]', false",
    "'[2]', false",
    "'\"2\"', false"
  })
  void takesTheVersionsThatBmv2Takes(String version, boolean taken) {
    String json = good.replace("[2, 23]", version);
    if (taken) {
      check(json);
    } else {
      String message = refusal(json);
      assertTrue(
          message.startsWith("x.json: __meta__.version: expected [2,0] to [2,24]; found "),
          message);
    }
  }

  @Test
  void saysWhereTheJsonBreaks() {
    String message = refusal("{\n  \"program\": \n}");
    assertTrue(message.startsWith("x.json:3:1: expected BMv2 JSON; found: "), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "null", "7", "{} {}", "{\"a\":1,\"a\":2}", "{}"})
  void refusesWhatIsNotBmv2Json(String json) {
    assertTrue(refusal(json).startsWith("x.json"));
  }

  @Test
  void wantsStandardMetadata() {
    assertEquals(
        "x.json: headers: expected standard_metadata with ingress_port, packet_length, instance_type, egress_spec,"
            + " egress_port; found none of [egress_spec]",
        refusal(good.replace("[\"egress_spec\", 9, false],", "")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"SequencerIngress.settings\" | no table SequencerIngress.settings;",
        "\"SequencerIngress.to_worker\" | no action SequencerIngress.to_worker;",
        "\"SequencerIngress.sequenced\" | no counter SequencerIngress.sequenced;",
        "\"SequencerIngress.sprayed\" | no direct counter SequencerIngress.sprayed;",
        "\"SequencerIngress.ring\" | no register SequencerIngress.ring;",
        "\"hdr.tcp.flags\" | (its key is [hdr.ipv4.dst_addr, hdr.tcp.src_port, other, vlan]);",
        "\"max_frame\" | (it has [epoch:16, depth:8, workers:16, other:16, pass_port:9]);",
      })
  void namesWhatP4InfoHasAndTheJsonHasNot(String name, String found) {
    String message = refusal(good.replace(name, "\"other\""));
    assertTrue(message.contains(found), message);
    assertTrue(
        message.startsWith(
            "x.json: expected everything that sequencer.p4info.txtpb names; found no "),
        message);
  }

  @Test
  void refusesASelectOnAConstant() {
    String parsers =
        """
        "parsers": [{"name": "parser", "parse_states": [{"name": "start",
          "transition_key": [{"type": "hexstr", "value": "0x01"}]}]}],
        "pipelines\"\
        """;
    assertEquals(
        "x.json: parser parser: state start: expected a transition_key of field, stack_field, union_stack_field,"
            + " lookahead; found hexstr; do not select on constants",
        refusal(good.replace("\"pipelines\"", parsers)));
  }

  private void check(String json) {
    Bmv2Config.check("x.json", json.getBytes(StandardCharsets.UTF_8), info);
  }

  private String refusal(String json) {
    return String.valueOf(assertThrows(BadPipeline.class, () -> check(json)).getMessage());
  }
}
