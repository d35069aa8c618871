package dev.scr.ebpf.object;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.isa.Codec;
import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.InitializedRegisters;
import dev.scr.ebpf.isa.InstructionList;
import org.junit.jupiter.api.Assertions;

/**
 * Parsers survive any bytes: they read them or throw an exception of ours. An ordinary run replays
 * the corpus; {@code JAZZER_FUZZ=1 mvn test -pl ebpf -Dtest=ObjectFuzzTest#elf} searches for more.
 */
class ObjectFuzzTest {
  @FuzzTest
  void elf(byte[] bytes) {
    try {
      for (ProgramSpec program : BpfObject.read(bytes, "fuzz.o").programs()) {
        Assertions.assertFalse(program.code().toString().isEmpty());
      }
    } catch (BpfException refused) {
      Assertions.assertNotNull(refused.getMessage());
    }
  }

  @FuzzTest
  void btf(byte[] bytes) {
    try {
      Btf btf = BtfReader.read("fuzz.o", Bytes.of("fuzz.o", "section .BTF", bytes));
      for (int i = 0; i < btf.types().size(); i++) {
        btf.text(i);
        btf.struct(btf.types().get(i).name());
      }
    } catch (BpfException refused) {
      Assertions.assertNotNull(refused.getMessage());
    }
  }

  @FuzzTest
  void codec(byte[] bytes) {
    try {
      InstructionList code = new InstructionList(Codec.decode(bytes));
      Assertions.assertArrayEquals(bytes, Codec.encode(code.instructions()));
      InitializedRegisters.check(code, ControlFlow.of(code), 1);
    } catch (BpfException refused) {
      Assertions.assertNotNull(refused.getMessage());
    }
  }
}
