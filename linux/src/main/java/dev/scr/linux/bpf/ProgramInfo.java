package dev.scr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.scr.linux.call.FileDescriptor;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What the kernel says about a program.
 *
 * @param id as {@code bpftool prog} shows it
 * @param type empty for a kind that this project doesn't know
 * @param tag hash of the instructions, in hexadecimal
 * @param machineBytes of the code that the kernel's compiler made; 0 when it is off
 * @param translatedBytes of the instructions after the kernel's rewriting
 * @param verifiedInstructions steps that the verifier took
 * @param runTimeNs and {@code runs}: 0 unless {@code kernel.bpf_stats_enabled} is on
 */
public record ProgramInfo(
    int id,
    Optional<ProgramType> type,
    String name,
    String tag,
    int machineBytes,
    int translatedBytes,
    int maps,
    int verifiedInstructions,
    long runTimeNs,
    long runs) {
  private static final int BYTES = 232;

  static ProgramInfo of(FileDescriptor program) {
    return ObjectInfo.of(
        program,
        BYTES,
        new byte[0],
        info ->
            new ProgramInfo(
                info.get(JAVA_INT, 4),
                ProgramType.of(info.get(JAVA_INT, 0)),
                ObjectInfo.name(info, 64),
                HexFormat.of().formatHex(info.asSlice(8, 8).toArray(JAVA_BYTE)),
                info.get(JAVA_INT, 16),
                info.get(JAVA_INT, 20),
                info.get(JAVA_INT, 52),
                info.get(JAVA_INT, 216),
                info.get(JAVA_LONG, 192),
                info.get(JAVA_LONG, 200)));
  }
}
