package dev.scr.hosts.program;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.ObjectWriter;
import dev.scr.ebpf.object.ProgramSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Objects in which one instruction of a handler does something else: bad optimizations. */
public final class BrokenHandlers {
  private static final int MOST = 12;

  private BrokenHandlers() {}

  /** Up to twelve broken versions of a program's object, spread over a function. */
  public static List<ProgramObject> of(ProgramObject object, String function) {
    ProgramSpec spec = object.object().program(function).orElseThrow();
    List<List<Instruction>> all = new ArrayList<>();
    int end = spec.functions().size() > 1 ? spec.functions().get(1).index() : spec.code().size();
    for (int i = 0; i < end; i++) {
      List<Instruction> code = new ArrayList<>(spec.code().instructions());
      Optional<Instruction> other = broken(code.get(i));
      if (other.isPresent()) {
        code.set(i, other.get());
        all.add(code);
      }
    }
    List<ProgramObject> chosen = new ArrayList<>();
    int count = Math.min(MOST, all.size());
    for (int i = 0; i < count; i++) {
      chosen.add(with(object, spec, all.get(i * all.size() / count)));
    }
    return chosen;
  }

  /** A test turned around, or another constant. */
  private static Optional<Instruction> broken(Instruction insn) {
    return switch (insn) {
      case Branch branch when branch.op() == JmpOp.JEQ -> Optional.of(with(branch, JmpOp.JNE));
      case Branch branch when branch.op() == JmpOp.JNE -> Optional.of(with(branch, JmpOp.JEQ));
      case Alu(var width, AluOp op, var dst, Imm(int value)) when op == AluOp.MOV ->
          Optional.of(new Alu(width, op, dst, new Imm(value + 1)));
      default -> Optional.empty();
    };
  }

  private static Branch with(Branch branch, JmpOp op) {
    return new Branch(branch.width(), op, branch.dst(), branch.src(), branch.offset());
  }

  private static ProgramObject with(
      ProgramObject object, ProgramSpec spec, List<Instruction> code) {
    ProgramSpec changed =
        new ProgramSpec(
            spec.name(),
            spec.section(),
            spec.type(),
            new InstructionList(code),
            spec.functions(),
            spec.maps());
    String name = object.object().name();
    byte[] bytes = ObjectWriter.write(bytes(name), name, List.of(changed));
    return new ProgramObject(object.program(), BpfObject.read(bytes, name));
  }

  private static byte[] bytes(String name) {
    try (InputStream in =
        Objects.requireNonNull(ProgramObject.class.getResourceAsStream(name), name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
