package dev.scr.softswitch.stf;

import dev.scr.softswitch.stf.StfCommand.ActionCall;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads STF text. Statements start on a line of their own; keywords may be in any case. */
public final class StfParser {

  private static final Set<String> SWITCH_COMMANDS =
      Set.of(
          "mirroring_add",
          "mirroring_add_mc",
          "mirroring_delete",
          "mirroring_get",
          "mc_mgrp_create",
          "mc_node_create",
          "mc_node_update",
          "mc_node_associate",
          "counter_read",
          "counter_write",
          "register_read",
          "register_write",
          "register_reset",
          "meter_get_rates",
          "meter_set_rates",
          "meter_array_set_rates");

  private static final Set<String> KEYWORDS =
      Set.of(
          "add", "setdefault", "packet", "expect", "check_counter", "remove", "wait", "no_packet");

  private static final Pattern ACTION =
      Pattern.compile("([^\\s()]+)\\s*\\(([^)]*)\\)\\s*(?:=\\s*(\\w+))?\\s*$");
  private static final Pattern COUNTER =
      Pattern.compile(
          "([^\\s(]+)\\s*\\(\\s*([^)\\s]+)\\s*\\)\\s*"
              + "(?:(packets|bytes)\\s*(==|!=|<=|>=|<|>)\\s*(\\w+))?\\s*");

  private final String file;

  private StfParser(String file) {
    this.file = file;
  }

  /**
   * Reads a test.
   *
   * @param file what to call it in messages
   * @throws StfSyntaxException with file and line
   */
  public static List<StfCommand> parse(String file, String text) {
    return new StfParser(file).commands(text);
  }

  private List<StfCommand> commands(String text) {
    List<StfCommand> commands = new ArrayList<>();
    StringBuilder statement = new StringBuilder();
    int start = 0;
    int line = 0;
    for (String raw : text.lines().toList()) {
      line++;
      String content = withoutComment(raw).strip();
      if (content.isEmpty()) {
        continue;
      }
      if (isKeyword(firstWord(content)) || statement.isEmpty()) {
        flush(commands, start, statement);
        start = line;
      }
      statement.append(content).append(' ');
    }
    flush(commands, start, statement);
    return commands;
  }

  private static String withoutComment(String line) {
    int hash = line.indexOf('#');
    return hash < 0 ? line : line.substring(0, hash);
  }

  private static String firstWord(String text) {
    return text.split("\\s+", 2)[0].toLowerCase(Locale.ROOT);
  }

  private static boolean isKeyword(String word) {
    return KEYWORDS.contains(word) || SWITCH_COMMANDS.contains(word);
  }

  private void flush(List<StfCommand> commands, int line, StringBuilder statement) {
    if (!statement.isEmpty()) {
      commands.add(command(line, statement.toString().strip()));
      statement.setLength(0);
    }
  }

  private StfCommand command(int line, String statement) {
    String keyword = firstWord(statement);
    String rest = statement.substring(keyword.length()).strip();
    return switch (keyword) {
      case "add" -> add(line, rest);
      case "setdefault" -> setDefault(line, rest);
      case "packet" -> packet(line, rest);
      case "expect" -> expect(line, rest);
      case "check_counter" -> checkCounter(line, rest);
      case "remove", "wait", "no_packet" -> new StfCommand.Ignored(line, keyword);
      default -> {
        if (!SWITCH_COMMANDS.contains(keyword)) {
          throw error(line, "a statement", keyword);
        }
        yield new StfCommand.SwitchCommand(line, keyword, List.of(rest.split("\\s+", -1)));
      }
    };
  }

  private StfSyntaxException error(int line, String expected, String found) {
    return new StfSyntaxException(
        file + ":" + line + ": expected " + expected + ", found \"" + found + "\"");
  }

  private StfCommand add(int line, String rest) {
    Matcher action = ACTION.matcher(rest);
    if (!action.find()) {
      throw error(line, "TABLE KEY... ACTION(ARGUMENTS)", rest);
    }
    String[] words = rest.substring(0, action.start()).strip().split("\\s+", -1);
    OptionalInt priority = OptionalInt.empty();
    Map<String, String> key = new LinkedHashMap<>();
    for (int i = 1; i < words.length; i++) {
      int colon = words[i].lastIndexOf(':');
      if (colon > 0) {
        key.put(unquote(words[i].substring(0, colon)), words[i].substring(colon + 1));
      } else if (i == 1) {
        priority = OptionalInt.of(number(line, words[i]));
      } else {
        throw error(line, "FIELD:VALUE", words[i]);
      }
    }
    return new StfCommand.AddEntry(
        line,
        unquote(words[0]),
        priority,
        key,
        actionCall(line, action),
        Optional.ofNullable(action.group(3)));
  }

  private static String unquote(String name) {
    return name.replace("\"", "");
  }

  private ActionCall actionCall(int line, Matcher action) {
    Map<String, String> arguments = new LinkedHashMap<>();
    for (String argument : action.group(2).split(",", -1)) {
      if (!argument.isBlank()) {
        String[] parts = argument.strip().split("\\s*:\\s*", -1);
        if (parts.length != 2) {
          throw error(line, "PARAMETER:VALUE", argument.strip());
        }
        arguments.put(parts[0], parts[1]);
      }
    }
    return new ActionCall(unquote(action.group(1)), arguments);
  }

  private StfCommand setDefault(int line, String rest) {
    Matcher action = ACTION.matcher(rest);
    if (!action.find()) {
      throw error(line, "TABLE ACTION(ARGUMENTS)", rest);
    }
    String table = unquote(rest.substring(0, action.start()).strip());
    return new StfCommand.SetDefault(line, table, actionCall(line, action));
  }

  private StfCommand packet(int line, String rest) {
    String[] parts = rest.split("\\s+", 2);
    String digits = parts.length < 2 ? "" : parts[1].replaceAll("\\s", "");
    try {
      return new StfCommand.SendPacket(
          line, number(line, parts[0]), HexFormat.of().parseHex(digits));
    } catch (IllegalArgumentException _) {
      throw error(line, "whole bytes in hexadecimal", digits);
    }
  }

  private StfCommand expect(int line, String rest) {
    String[] parts = rest.split("\\s+", 2);
    int port = number(line, parts[0]);
    if (parts.length < 2) {
      return new StfCommand.ExpectPacket(line, port, Optional.empty());
    }
    String digits = parts[1].replaceAll("\\s", "");
    if (!digits.matches("[0-9a-fA-F*]*\\$?")) {
      throw error(line, "hexadecimal digits and *", digits);
    }
    return new StfCommand.ExpectPacket(line, port, Optional.of(PacketPattern.parse(digits)));
  }

  private StfCommand checkCounter(int line, String rest) {
    Matcher check = COUNTER.matcher(rest);
    if (!check.matches()) {
      throw error(line, "COUNTER(INDEX) packets|bytes RELATION NUMBER", rest);
    }
    if (check.group(3) == null) {
      return new StfCommand.Ignored(line, "check_counter");
    }
    return new StfCommand.CheckCounter(
        line,
        unquote(check.group(1)),
        check.group(2),
        check.group(3).equals("bytes"),
        check.group(4),
        number(line, check.group(5)));
  }

  private int number(int line, String text) {
    try {
      return StfNumber.parse(text).intValueExact();
    } catch (ArithmeticException | NumberFormatException _) {
      throw error(line, "a number", text);
    }
  }
}
