package dev.scr.ebpf.object;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.object.ProgramLinker.Function;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A function while its object is rewritten: what it was, what it becomes, and where it will start.
 */
final class MovedFunction {
  private final Function original;
  private final InstructionList before;
  private InstructionList after;

  /** By index in {@link #after}: the function that the instruction refers to. */
  private Map<Integer, Function> references;

  private boolean changed;
  private long newStart;

  MovedFunction(Function original, List<Instruction> code, Map<Integer, Function> references) {
    this.original = original;
    this.before = new InstructionList(code);
    this.after = before;
    this.references = new HashMap<>(references);
  }

  Function original() {
    return original;
  }

  InstructionList after() {
    return after;
  }

  Map<Integer, Function> references() {
    return references;
  }

  boolean isChanged() {
    return changed;
  }

  void replace(List<Instruction> code, Map<Integer, Function> newReferences) {
    after = new InstructionList(code);
    references = new HashMap<>(newReferences);
    changed = true;
  }

  /** Slot in its section at which the function will start. */
  long newStart() {
    return newStart;
  }

  void placeAt(long slot) {
    newStart = slot;
  }

  /** Whether a slot of the original section lies in the function. */
  boolean contains(long slot) {
    long start = original.start().slot();
    return slot >= start && slot < start + before.slots();
  }

  /**
   * Where the instruction at a slot of the original section is now. In a changed function that is
   * known for its start and for the instructions that are the same from its start on, or from its
   * end backwards.
   */
  OptionalLong newSlot(long oldSlot) {
    int index = before.indexAt(oldSlot - original.start().slot());
    if (index < 0) {
      return OptionalLong.empty();
    }
    if (index == 0 || index < commonPrefix()) {
      return OptionalLong.of(newStart + after.slot(index));
    }
    int fromEnd = before.size() - index;
    if (fromEnd <= commonSuffix()) {
      return OptionalLong.of(newStart + after.slot(after.size() - fromEnd));
    }
    return OptionalLong.empty();
  }

  private int commonPrefix() {
    int limit = Math.min(before.size(), after.size());
    int same = 0;
    while (same < limit && before.get(same).equals(after.get(same))) {
      same++;
    }
    return same;
  }

  private int commonSuffix() {
    int limit = Math.min(before.size(), after.size()) - commonPrefix();
    int same = 0;
    while (same < limit
        && before.get(before.size() - 1 - same).equals(after.get(after.size() - 1 - same))) {
      same++;
    }
    return same;
  }

  /** Whether an instruction refers to a function. */
  static boolean isReference(Instruction insn) {
    return insn instanceof CallLocal
        || (insn instanceof LoadWide wide && wide.source() == WideSource.CODE);
  }

  /** The same reference, in the form that stands in a file, with another number in it. */
  static Instruction refer(Instruction insn, int value) {
    return insn instanceof LoadWide wide
        ? new LoadWide(wide.dst(), WideSource.CONSTANT, value, 0)
        : new CallLocal(value);
  }
}
