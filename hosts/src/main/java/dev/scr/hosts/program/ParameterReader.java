package dev.scr.hosts.program;

import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.Btf;
import dev.scr.ebpf.object.BtfType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds a program's parameters in its object: declaration tags of type information say which
 * variables are some, and the section of read-only data what they are.
 */
final class ParameterReader {
  private static final String SECTION = ".rodata";
  private static final Pattern TAG = Pattern.compile("parameter (\\d+)\\.\\.(\\d+) (\\S+): (.+)");

  private final BpfObject object;
  private final Btf btf;
  private final List<Parameter> parameters = new ArrayList<>();

  private ParameterReader(BpfObject object) {
    this.object = object;
    this.btf = object.btf();
  }

  /** The parameters, in the order of the variables. */
  static List<Parameter> read(BpfObject object) {
    ParameterReader reader = new ParameterReader(object);
    reader
        .btf
        .dataSection(SECTION)
        .ifPresent(section -> section.places().forEach(reader::readVariable));
    return List.copyOf(reader.parameters);
  }

  private void readVariable(BtfType.Place place) {
    BtfType.Variable variable = btf.variable(place);
    tag(place.variable(), -1)
        .ifPresent(tag -> add(tag, variable.name(), variable.name(), 0, variable.type()));
    if (btf.resolve(variable.type()) instanceof BtfType.Struct struct) {
      int number = resolvedNumber(variable.type());
      for (int field = 0; field < struct.members().size(); field++) {
        BtfType.Member member = struct.members().get(field);
        tag(number, field)
            .ifPresent(tag ->
                add(
                    tag,
                    member.name(),
                    variable.name(),
                    member.offsetBits() / Byte.SIZE,
                    member.type()));
      }
    }
  }

  /** The type's number without the qualifiers in front of it. */
  private int resolvedNumber(int type) {
    int number = type;
    while (btf.type(number) instanceof BtfType.Alias alias) {
      number = alias.target();
    }
    return number;
  }

  private Optional<Matcher> tag(int target, int component) {
    return btf.types().stream()
        .filter(BtfType.DeclarationTag.class::isInstance)
        .map(BtfType.DeclarationTag.class::cast)
        .filter(tag -> tag.target() == target && tag.component() == component)
        .map(tag -> TAG.matcher(tag.name()))
        .filter(Matcher::matches)
        .findFirst();
  }

  private void add(Matcher tag, String name, String variable, int offset, int type) {
    int count = btf.resolve(type) instanceof BtfType.Array array ? (int) array.count() : 1;
    int valueBytes = (int) (btf.size(type) / count);
    parameters.add(
        new Parameter(
            name,
            tag.group(3),
            Long.parseLong(tag.group(1)),
            Long.parseLong(tag.group(2)),
            values(variable, offset, valueBytes, count),
            tag.group(4),
            new Parameter.Place(variable, offset, valueBytes)));
  }

  private List<Long> values(String variable, int offset, int valueBytes, int count) {
    byte[] bytes = object.initialValue(variable);
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] value = new byte[Long.BYTES];
      System.arraycopy(bytes, offset + i * valueBytes, value, 0, valueBytes);
      values.add(ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }
    return values;
  }
}
