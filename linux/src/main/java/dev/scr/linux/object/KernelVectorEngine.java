package dev.scr.linux.object;

import dev.scr.ebpf.conformance.Vector;
import dev.scr.ebpf.conformance.VectorEngine;
import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs conformance vectors in the kernel: the vector becomes a sub-program of an XDP program, which
 * gives it an array's value as memory and puts all 64 bits of its r0 into another. A vector that is
 * meant to work and that the verifier does not accept is excluded, with what the verifier said.
 * Needs CAP_BPF and CAP_NET_ADMIN; any thread may run vectors.
 */
public final class KernelVectorEngine implements VectorEngine {
  private static final int MEMORY = 0;
  private static final int RESULT = 1;
  private static final byte[] FRAME = new byte[64];
  private static final byte[] FIRST = new byte[4];

  @Override
  public String name() {
    return "kernel";
  }

  @Override
  public long run(Vector vector) {
    byte[] memory = vector.memory();
    try (KernelInstance instance = instance(memory.length)) {
      KernelProgram program = instance.program(wrapped(vector));
      if (memory.length > 0) {
        instance.maps().get(MEMORY).update(FIRST, memory);
      }
      program.run(FRAME);
      byte[] result = instance.maps().get(RESULT).lookup(FIRST).orElseThrow();
      return ByteBuffer.wrap(result).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }
  }

  @Override
  public Optional<String> exclusion(Vector vector) {
    Optional<String> known = vector.outsideLinuxXdp();
    if (known.isPresent()) {
      return known;
    }
    try (KernelInstance instance = instance(vector.memory().length)) {
      instance.program(wrapped(vector));
      return Optional.empty();
    } catch (KernelRefusal refusal) {
      if (refusal.lacksPrivileges()) {
        throw refusal;
      }
      return Optional.of("not accepted by the verifier: " + refusal.getMessage());
    }
  }

  private static KernelInstance instance(int memoryBytes) {
    return KernelInstance.builder(
            List.of(
                MapSpec.of("memory", MapType.ARRAY, 4, Math.max(1, memoryBytes), 1),
                MapSpec.of("result", MapType.ARRAY, 4, Long.BYTES, 1)))
        .build();
  }

  private static ProgramSpec wrapped(Vector vector) {
    int length = vector.memory().length;
    List<Instruction> code = new ArrayList<>();
    code.add(
        length == 0
            ? LoadWide.constant(Reg.R1, 0)
            : new LoadWide(Reg.R1, WideSource.MAP_INDEX_VALUE, MEMORY, 0));
    code.add(new Alu(Width.W64, AluOp.MOV, Reg.of(2), new Imm(length)));
    int call = code.size();
    code.add(new CallLocal(0));
    code.add(new LoadWide(Reg.R1, WideSource.MAP_INDEX_VALUE, RESULT, 0));
    code.add(new Store(MemSize.DW, Reg.R1, (short) 0, Reg.R0));
    code.add(new Alu(Width.W64, AluOp.MOV, Reg.R0, Imm.ZERO));
    code.add(new Exit());
    int behind = code.subList(call + 1, code.size()).stream().mapToInt(Instruction::slots).sum();
    code.set(call, new CallLocal(behind));
    vector.program().stream().map(KernelVectorEngine::withoutMaps).forEach(code::add);
    return ProgramSpec.of("vector", ProgramType.XDP, code, List.of());
  }

  /** A vector has no maps; it must not reach those of the wrapping, or descriptors of ours. */
  private static Instruction withoutMaps(Instruction insn) {
    if (insn instanceof LoadWide wide) {
      boolean allowed =
          switch (wide.source()) {
            case CONSTANT, CODE -> true;
            case MAP_FD, MAP_FD_VALUE, VARIABLE, MAP_INDEX, MAP_INDEX_VALUE -> false;
          };
      if (!allowed) {
        throw KernelRefusal.expected("vector", "expected a constant or code, found " + wide);
      }
    }
    return insn;
  }
}
