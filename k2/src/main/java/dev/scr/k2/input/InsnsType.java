package dev.scr.k2.input;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.LoadAbsolute;
import dev.scr.ebpf.isa.Instruction.LoadIndirect;
import dev.scr.ebpf.object.MalformedObjectException;
import dev.scr.ebpf.object.ProgramType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What kind of program a {@code .insns} file holds: the word in its {@code .type} file. Without
 * one, the name that K2's authors give such files counts (object, {@code _}, section with {@code -}
 * for {@code /}), then {@code pgm_input_type} of their {@code .desc}, then instructions that only
 * socket filters have; else it is XDP.
 *
 * @param word as it stands in {@code .type}
 * @param section the section in which an object would have it, by libbpf's names
 */
public record InsnsType(String word, String section) {
  /** XDP, the default. */
  public static final InsnsType XDP = new InsnsType("xdp", "xdp");

  private static final InsnsType TC = new InsnsType("tc", "tc");
  private static final InsnsType SOCKET = new InsnsType("socket", "socket");
  private static final InsnsType TRACEPOINT = new InsnsType("tracepoint", "tracepoint");
  private static final InsnsType SOCK_ADDR = new InsnsType("sock_addr", "cgroup/connect4");
  private static final List<InsnsType> WORDS = List.of(XDP, TC, SOCKET, TRACEPOINT, SOCK_ADDR);

  private static final Pattern HOOK =
      Pattern.compile(".*_((?:bind|connect|sendmsg|recvmsg|getpeername|getsockname)[46])");
  private static final Pattern TC_NAME =
      Pattern.compile("bpf_(?:lxc|host|overlay|network)_.*|.*_cls-.*");
  private static final Pattern INPUT_TYPE = Pattern.compile("pgm_input_type\\s*=\\s*(\\d+)");

  /** What it is as a type of program. */
  public ProgramType type() {
    return ProgramType.ofSection(section);
  }

  /** The kind that a {@code .type} file names; a sock_addr hook is told by the program's name. */
  static InsnsType named(String file, String text) {
    String word = text.strip();
    InsnsType found =
        WORDS.stream()
            .filter(type -> type.word.equals(word))
            .findFirst()
            .orElseThrow(() ->
                new MalformedObjectException(
                    file,
                    "line 1",
                    "expected one word of "
                        + WORDS.stream().map(InsnsType::word).toList()
                        + ", found '"
                        + (word.length() > 60 ? word.substring(0, 60) + "…" : word)
                        + "'"));
    String base = file.substring(0, Math.max(0, file.lastIndexOf('.')));
    return found.equals(SOCK_ADDR) ? hook(base).orElse(found) : found;
  }

  /** The kind of a program without a {@code .type} file. */
  static InsnsType guess(String base, String description, List<Instruction> code) {
    if (base.contains("_tracepoint-")) {
      return TRACEPOINT;
    }
    if (base.contains("_socket-")) {
      return SOCKET;
    }
    if (TC_NAME.matcher(base).matches()) {
      return TC;
    }
    Matcher input = INPUT_TYPE.matcher(description);
    if (input.find() && !input.group(1).equals("1")) {
      return input.group(1).equals("3") ? TC : XDP;
    }
    if (base.startsWith("bpf_sock_") && hook(base).isPresent()) {
      return hook(base).get();
    }
    return code.stream().anyMatch(i -> i instanceof LoadAbsolute || i instanceof LoadIndirect)
        ? SOCKET
        : XDP;
  }

  private static Optional<InsnsType> hook(String base) {
    Matcher name = HOOK.matcher(base);
    return name.matches()
        ? Optional.of(new InsnsType(SOCK_ADDR.word, "cgroup/" + name.group(1)))
        : Optional.empty();
  }

  /** The words that a {@code .type} file may hold. */
  public static List<String> words() {
    return Arrays.asList(WORDS.stream().map(InsnsType::word).toArray(String[]::new));
  }
}
