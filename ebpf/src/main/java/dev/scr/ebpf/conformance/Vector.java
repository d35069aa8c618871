package dev.scr.ebpf.conformance;

import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.CallRegister;
import dev.scr.ebpf.isa.Instruction.LoadAbsolute;
import dev.scr.ebpf.isa.Instruction.LoadIndirect;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A vector: a program, the memory it gets (r1 its address, r2 its length) and what r0 must be at
 * the end.
 *
 * <p>File format: sections {@code -- asm} (assembly), {@code -- raw} (slots as 64-bit numbers
 * {@code 0x…}, or bytes as pairs of digits), {@code -- mem} (bytes), {@code -- result} (a number),
 * {@code -- error} (text; the program must be refused). {@code #} starts a comment. Raw slots win
 * over assembly.
 */
public final class Vector {
  private final String name;
  private final List<Instruction> program;
  private final byte[] memory;
  private final OptionalLong result;

  private Vector(String name, List<Instruction> program, byte[] memory, OptionalLong result) {
    this.name = name;
    this.program = List.copyOf(program);
    this.memory = memory;
    this.result = result;
  }

  /**
   * Reads a vector.
   *
   * @param name what to call the file
   * @throws InvalidVectorException if the text is not a vector, or its assembly is invalid
   * @throws dev.scr.ebpf.isa.InvalidInstructionException if its raw slots are no instructions
   */
  public static Vector parse(String name, String text) {
    Map<String, Map<Integer, String>> sections = sections(name, text);
    Map<Integer, String> assembly = sections.getOrDefault("asm", Map.of());
    byte[] raw = bytes(name, sections.getOrDefault("raw", Map.of()));
    Map<Integer, String> result = sections.getOrDefault("result", Map.of());
    if (assembly.isEmpty() && raw.length == 0) {
      throw new InvalidVectorException(
          name, "expected section asm or raw, found none with content");
    }
    boolean refused = sections.containsKey("error");
    if (result.isEmpty() && !refused) {
      throw new InvalidVectorException(name, "expected section result with a number, found none");
    }
    List<Instruction> program =
        raw.length == 0 ? VectorAssembler.assemble(name, assembly) : Codec.decode(raw);
    byte[] memory = bytes(name, sections.getOrDefault("mem", Map.of()));
    OptionalLong expected =
        result.isEmpty()
            ? OptionalLong.empty()
            : OptionalLong.of(number(name, String.join("", result.values())));
    return new Vector(name, program, memory, expected);
  }

  /** Whether the text says that its program must be refused. */
  public static boolean expectsRefusal(String text) {
    return text.lines().anyMatch(line -> line.strip().startsWith("-- error"));
  }

  /** What to call the file. */
  public String name() {
    return name;
  }

  /** The program. */
  public List<Instruction> program() {
    return program;
  }

  /** A copy of the memory. */
  public byte[] memory() {
    return memory.clone();
  }

  /** What r0 must be; empty if the program must be refused. */
  public OptionalLong result() {
    return result;
  }

  /** Why Linux does not accept this program as XDP program, if that is known without asking it. */
  public Optional<String> outsideLinuxXdp() {
    for (Instruction insn : program) {
      if (insn instanceof CallRegister) {
        return Optional.of("call of the helper whose number is in a register (" + insn + ")");
      }
      if (insn instanceof LoadAbsolute || insn instanceof LoadIndirect) {
        return Optional.of("legacy packet load (" + insn + ")");
      }
    }
    return Optional.empty();
  }

  private static Map<String, Map<Integer, String>> sections(String name, String text) {
    Map<String, Map<Integer, String>> sections = new LinkedHashMap<>();
    Map<Integer, String> current = new LinkedHashMap<>();
    int number = 0;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      number++;
      int comment = line.indexOf('#');
      String code = (comment >= 0 ? line.substring(0, comment) : line).strip();
      if (code.startsWith("--")) {
        String section = code.substring(2).strip();
        if (!List.of("asm", "raw", "mem", "result", "error", "c", "no register offset")
            .contains(section)) {
          throw new InvalidVectorException(
              name + ": line " + number,
              "expected section asm, raw, mem, result or error, found " + section);
        }
        current = sections.computeIfAbsent(section, _ -> new LinkedHashMap<>());
      } else if (!code.isEmpty()) {
        current.put(number, code);
      }
    }
    return sections;
  }

  private static byte[] bytes(String name, Map<Integer, String> lines) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    lines.forEach((number, line) -> {
      for (String word : line.split("\\s+", -1)) {
        if (word.startsWith("0x")) {
          long slot = number(name, word);
          bytes.writeBytes(
              ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(slot).array());
        } else if (word.matches("[0-9a-fA-F]{2}")) {
          bytes.write(Integer.parseInt(word, 16));
        } else {
          throw new InvalidVectorException(
              name + ": line " + number, "expected two hexadecimal digits, found " + word);
        }
      }
    });
    return bytes.toByteArray();
  }

  private static long number(String name, String text) {
    try {
      return text.startsWith("0x")
          ? Long.parseUnsignedLong(text.substring(2), 16)
          : Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new InvalidVectorException(name, "expected a number, found " + text);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Vector that
        && name.equals(that.name)
        && program.equals(that.program)
        && result.equals(that.result)
        && Arrays.equals(memory, that.memory);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }
}
