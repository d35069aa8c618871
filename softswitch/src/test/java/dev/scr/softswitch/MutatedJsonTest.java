package dev.scr.softswitch;

import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.scr.softswitch.json.PipelineException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.p4.config.v1.P4Info;

/**
 * Whatever is done to a file, loading it works or throws {@link PipelineException}; and what was
 * loaded processes packets without an exception.
 */
class MutatedJsonTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Test
  void mutationsOfTheTreeAreLoadedOrRefused() throws IOException {
    JsonNode original = withoutSources(MAPPER.readTree(Fixture.json()));
    for (int i = 0; i < Fixture.seeds(); i++) {
      long seed = Long.getLong("seed", 1000L + i);
      SplittableRandom random = new SplittableRandom(seed);
      JsonNode mutated = original.deepCopy();
      int count = 1 + random.nextInt(3);
      StringBuilder done = new StringBuilder("seed=" + seed);
      for (int m = 0; m < count; m++) {
        done.append("; ").append(mutate(mutated, random));
      }
      check(MAPPER.writeValueAsBytes(mutated), done.toString());
    }
  }

  @Test
  void mutationsOfTheBytesAreLoadedOrRefused() {
    byte[] original = Fixture.json();
    for (int i = 0; i < Fixture.seeds(); i++) {
      SplittableRandom random = new SplittableRandom(i);
      byte[] mutated = original.clone();
      for (int m = 0; m < 3; m++) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
      }
      check(mutated, "seed=" + i);
    }
  }

  @Test
  void deepNestingIsRefused() {
    String deep = "{\"actions\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
    check(deep.getBytes(java.nio.charset.StandardCharsets.UTF_8), "deep");
  }

  private static void check(byte[] json, String what) {
    SwitchPipeline pipeline;
    try {
      pipeline =
          SwitchPipeline.load("x.json", json, P4Info.getDefaultInstance(), Fixture.options());
    } catch (PipelineException e) {
      if (!String.valueOf(e.getMessage()).startsWith("x.json")) {
        fail(what + ": message without place: " + e.getMessage());
      }
      return;
    } catch (RuntimeException | StackOverflowError e) {
      throw new AssertionError(what, e);
    }
    run(pipeline, what);
  }

  private static void run(SwitchPipeline pipeline, String what) {
    EmbeddedSwitch device = new EmbeddedSwitch(1, Fixture.options());
    device.loadPipeline(pipeline);
    try {
      for (int op = 0; op < 0x48; op++) {
        var _ =
            Fixture.send(
                device,
                1,
                String.format("%02x 01 0001 01020304 000000000102", op) + "80".repeat(80));
      }
    } catch (RuntimeException | StackOverflowError e) {
      throw new AssertionError(what + ": packet", e);
    }
  }

  /** Source positions are most of the file and nothing reads them. */
  private static JsonNode withoutSources(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.remove("source_info");
    }
    node.forEach(MutatedJsonTest::withoutSources);
    return node;
  }

  private static String mutate(JsonNode root, SplittableRandom random) {
    List<JsonNode> containers = new ArrayList<>();
    collect(root, containers);
    JsonNode container = containers.get(random.nextInt(containers.size()));
    if (container instanceof ObjectNode object) {
      List<String> keys = new ArrayList<>();
      object.fieldNames().forEachRemaining(keys::add);
      String key = keys.get(random.nextInt(keys.size()));
      if (random.nextInt(5) == 0) {
        object.remove(key);
        return "removed " + key;
      }
      JsonNode value = replacement(object.get(key), root, random);
      object.set(key, value);
      return key + "=" + value;
    }
    ArrayNode array = (ArrayNode) container;
    int index = random.nextInt(array.size());
    if (random.nextInt(5) == 0) {
      array.remove(index);
      return "removed [" + index + "]";
    }
    JsonNode value = replacement(array.get(index), root, random);
    array.set(index, value);
    return "[" + index + "]=" + value;
  }

  private static void collect(JsonNode node, List<JsonNode> into) {
    if (node.isContainerNode() && !node.isEmpty()) {
      into.add(node);
    }
    node.forEach(child -> collect(child, into));
  }

  private static JsonNode replacement(JsonNode old, JsonNode root, SplittableRandom random) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    return switch (random.nextInt(10)) {
      case 0 -> make.nullNode();
      case 1 -> make.numberNode(random.nextInt(-2, 5));
      case 2 -> make.numberNode(random.nextInt());
      case 3 -> make.textNode("0x" + Long.toHexString(random.nextLong()));
      case 4 -> make.textNode("nonsense");
      case 5 -> make.booleanNode(random.nextBoolean());
      case 6 -> make.arrayNode();
      case 7 -> make.objectNode();
      case 8 -> old.isIntegralNumber() ? make.numberNode(old.intValue() + 1) : old;
      default -> elsewhere(root, random);
    };
  }

  /** A piece of the same file in the wrong place is the hardest to tell from a right one. */
  private static JsonNode elsewhere(JsonNode root, SplittableRandom random) {
    List<JsonNode> containers = new ArrayList<>();
    collect(root, containers);
    JsonNode container = containers.get(random.nextInt(containers.size()));
    List<JsonNode> children = new ArrayList<>();
    container.forEach(children::add);
    return children.get(random.nextInt(children.size())).deepCopy();
  }
}
