package dev.scr.hosts.program;

import dev.scr.ebpf.object.BpfObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How a user wants a program to be: values for some of its parameters. The others keep their
 * defaults. Immutable.
 *
 * @param values by parameter, in the order in which they were given
 */
public record Configuration(Map<Parameter, List<Long>> values) {
  /** As the object says. */
  public static final Configuration DEFAULT = new Configuration(Map.of());

  public Configuration {
    values = Map.copyOf(values);
  }

  /**
   * The configuration that texts by parameter name mean, for a program.
   *
   * @throws BadConfiguration if a name or a value is none of the program's
   */
  public static Configuration of(ProgramObject object, Map<String, String> texts) {
    Map<Parameter, List<Long>> values = new LinkedHashMap<>();
    texts.forEach((name, text) -> {
      Parameter parameter = parameter(object, name);
      values.put(parameter, parameter.parse(text));
    });
    return new Configuration(values);
  }

  private static Parameter parameter(ProgramObject object, String name) {
    return object.parameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new BadConfiguration(
                "%s: expected a parameter of %s (%s), found no such name"
                    .formatted(
                        name,
                        object.program().programName(),
                        object.parameters().stream()
                            .map(Parameter::name)
                            .collect(Collectors.joining(", ")))));
  }

  /** The values of a parameter. */
  public List<Long> of(Parameter parameter) {
    return values.getOrDefault(parameter, parameter.defaults());
  }

  /** The read-only variables that differ from what the object says, as bytes. */
  Map<String, byte[]> variables(BpfObject object) {
    Map<String, byte[]> variables = new LinkedHashMap<>();
    values.forEach((parameter, list) -> {
      Parameter.Place place = parameter.place();
      byte[] bytes =
          variables.computeIfAbsent(
              place.variable(), name -> ParameterReader.initialBytes(object, name));
      for (int i = 0; i < list.size(); i++) {
        byte[] value =
            ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(list.get(i))
                .array();
        System.arraycopy(
            value, 0, bytes, place.offset() + i * place.valueBytes(), place.valueBytes());
      }
    });
    return variables;
  }
}
