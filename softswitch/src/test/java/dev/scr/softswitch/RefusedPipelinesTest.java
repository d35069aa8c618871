package dev.scr.softswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.PipelineException;
import dev.scr.softswitch.json.PipelineMismatch;
import dev.scr.softswitch.json.UnsupportedPipeline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.p4.config.v1.P4Info;

/** What cannot be loaded is refused with the place and the reason, word for word. */
class RefusedPipelinesTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static ObjectNode program() throws IOException {
    return (ObjectNode) MAPPER.readTree(Fixture.json());
  }

  private static <E extends PipelineException> void refused(
      Class<E> type, String message, Consumer<ObjectNode> change) throws IOException {
    ObjectNode program = program();
    change.accept(program);
    byte[] json = MAPPER.writeValueAsBytes(program);
    E e =
        assertThrows(
            type,
            () ->
                SwitchPipeline.load(
                    "p.json", json, P4Info.getDefaultInstance(), Fixture.options()));
    assertEquals(message, e.getMessage());
  }

  private static ObjectNode at(JsonNode node, Object... path) {
    JsonNode current = node;
    for (Object step : path) {
      current = step instanceof Integer index ? current.get(index) : current.get(step.toString());
    }
    return (ObjectNode) current;
  }

  @Test
  void anUnknownPrimitive() throws IOException {
    refused(
        UnsupportedPipeline.class,
        "p.json: actions[3] \"FeaturesIngress.forward\": primitive 0: unsupported primitive \"teleport\"",
        program -> {
          ArrayNode body = (ArrayNode) program.get("actions").get(3).get("primitives");
          body.removeAll();
          body.addObject().put("op", "teleport").putArray("parameters");
        });
  }

  @Test
  void aPrimitiveWithTooFewParameters() throws IOException {
    refused(
        MalformedPipeline.class,
        "p.json: actions[3] \"FeaturesIngress.forward\": primitive 0: primitive \"assign\" expects 2 parameters,"
            + " found 0",
        program -> {
          ArrayNode body = (ArrayNode) program.get("actions").get(3).get("primitives");
          body.removeAll();
          body.addObject().put("op", "assign").putArray("parameters");
        });
  }

  private static ObjectNode squared(ObjectNode value, int times) {
    ObjectNode result = value;
    for (int i = 0; i < times; i++) {
      ObjectNode outer = MAPPER.createObjectNode().put("type", "expression");
      outer.putObject("value").put("op", "*").putPOJO("left", result).putPOJO("right", result);
      result = outer;
    }
    return result;
  }

  /** Each square has twice the digits: 16 of them make a number of 2 Mbit out of one of 32. */
  @Test
  void aProductThatNothingLimits() throws IOException {
    refused(
        UnsupportedPipeline.class,
        "p.json: actions[3] \"FeaturesIngress.forward\": primitive 0: parameter 1: a product of"
            + " unlimited width",
        program -> {
          ArrayNode body = (ArrayNode) program.get("actions").get(3).get("primitives");
          body.removeAll();
          ObjectNode number =
              MAPPER.createObjectNode().put("type", "hexstr").put("value", "0xffffffff");
          body.addObject()
              .put("op", "assign")
              .putArray("parameters")
              .addPOJO(field("standard_metadata", "egress_spec"))
              .addPOJO(squared(number, 16));
        });
  }

  private static ObjectNode field(String header, String name) {
    ObjectNode field = MAPPER.createObjectNode().put("type", "field");
    field.putArray("value").add(header).add(name);
    return field;
  }

  @Test
  void aVersionOfAnotherCompiler() throws IOException {
    refused(
        UnsupportedPipeline.class,
        "p.json: __meta__: version: expected a format version from 2.0 to 2.24, found 3.1; compile"
            + " the program with a p4c of that range",
        program -> at(program, "__meta__").putArray("version").add(3).add(1));
  }

  @Test
  void aReferenceToNothing() throws IOException {
    refused(
        MalformedPipeline.class,
        "p.json: pipelines \"ingress\": init_table: no table, conditional or action call \"nowhere\"",
        program -> at(program, "pipelines", 0).put("init_table", "nowhere"));
  }

  @Test
  void aCycleInTheControl() throws IOException {
    refused(
        MalformedPipeline.class,
        "p.json: pipelines \"egress\": the control has a cycle through node \"node_63\"",
        program -> {
          JsonNode egress = program.get("pipelines").get(1);
          String first = egress.get("init_table").textValue();
          assertEquals("node_63", first, "the fixture has changed: put its first egress node here");
          at(egress, "conditionals", 0).put("true_next", first);
        });
  }

  @Test
  void aTypeThatIsWrong() throws IOException {
    refused(
        MalformedPipeline.class,
        "p.json: register_arrays[0] \"FeaturesIngress.cells\": size: expected a 32-bit integer,"
            + " found \"many\"",
        program -> at(program, "register_arrays", 0).put("size", "many"));
  }

  @Test
  void arraysThatDoNotFitIntoMemory() throws IOException {
    refused(
        UnsupportedPipeline.class,
        "p.json: register_arrays \"FeaturesIngress.cells\": the program's arrays need more than"
            + " 67108864 cells of 64 bits",
        program -> at(program, "register_arrays", 0).put("size", 2_000_000_000));
  }

  @Test
  void whatIsNotJson() {
    PipelineException e =
        assertThrows(
            MalformedPipeline.class,
            () ->
                SwitchPipeline.load(
                    "p.json",
                    "{\"a\": ".getBytes(StandardCharsets.UTF_8),
                    P4Info.getDefaultInstance(),
                    Fixture.options()));
    assertEquals("p.json", e.place());
  }

  @Test
  void whatIsNoV1modelProgram() {
    PipelineException e =
        assertThrows(
            MalformedPipeline.class,
            () ->
                SwitchPipeline.load(
                    "p.json",
                    "{}".getBytes(StandardCharsets.UTF_8),
                    P4Info.getDefaultInstance(),
                    Fixture.options()));
    assertEquals(
        "p.json: a v1model program needs the field standard_metadata.ingress_port", e.getMessage());
  }

  private static void mismatch(String message, Consumer<P4Info.Builder> change) {
    P4Info.Builder info = Fixture.p4Info().toBuilder();
    change.accept(info);
    PipelineException e =
        assertThrows(
            PipelineMismatch.class,
            () -> SwitchPipeline.load("p.json", Fixture.json(), info.build(), Fixture.options()));
    assertEquals(message, e.getMessage());
  }

  @Test
  void aP4InfoOfAnotherProgram() {
    mismatch(
        "P4Info: table \"Other.table\": the JSON has no table of that name",
        info -> info.getTablesBuilder(0).getPreambleBuilder().setName("Other.table"));
    mismatch(
        "P4Info: table \"FeaturesIngress.exact_table\": key is [b, e] in the P4Info and [b, d] in the"
            + " JSON",
        info -> info.getTablesBuilder(0).getMatchFieldsBuilder(1).setName("e"));
    mismatch(
        "P4Info: table \"FeaturesIngress.exact_table\": key field \"b\": width is 17 in the P4Info"
            + " and 16 in the JSON",
        info -> info.getTablesBuilder(0).getMatchFieldsBuilder(0).setBitwidth(17));
    mismatch(
        "P4Info: register \"FeaturesIngress.cells\": size is 9 in the P4Info and 8 in the JSON",
        info -> info.getRegistersBuilder(0).setSize(9));
    mismatch(
        "P4Info: counter \"FeaturesIngress.counts\": size is 5 in the P4Info and 4 in the JSON",
        info -> info.getCountersBuilder(0).setSize(5));
    mismatch(
        "P4Info: digest \"other_t\": the JSON has no learn list of that name",
        info -> info.getDigestsBuilder(0).getPreambleBuilder().setName("other_t"));
  }
}
