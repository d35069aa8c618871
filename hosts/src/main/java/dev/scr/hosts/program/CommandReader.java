package dev.scr.hosts.program;

import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.BtfType;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds a program's commands in its object: declaration tags of {@code struct meta}. */
final class CommandReader {
  private static final Pattern TAG = Pattern.compile("command (\\d+) (\\S+) \\(([^)]*)\\): (.+)");

  private CommandReader() {}

  /** The commands by number. */
  static List<Command> read(BpfObject object) {
    List<BtfType> types = object.btf().types();
    return types.stream()
        .filter(BtfType.DeclarationTag.class::isInstance)
        .map(BtfType.DeclarationTag.class::cast)
        .filter(tag ->
            types.get(tag.target()) instanceof BtfType.Struct struct
                && struct.name().equals("meta"))
        .map(tag -> TAG.matcher(tag.name()))
        .filter(Matcher::matches)
        .map(tag ->
            new Command(
                Integer.parseInt(tag.group(1)),
                tag.group(2),
                List.of(tag.group(3).split(" ")),
                tag.group(4)))
        .sorted(Comparator.comparingInt(Command::number))
        .toList();
  }
}
