package dev.scr.ebpf.object;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.object.ProgramLinker.CodeSection;
import dev.scr.ebpf.object.ProgramLinker.Function;
import dev.scr.ebpf.object.ProgramLinker.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The functions of an object, in the order in which they lie, with the code that programs bring
 * and, once all are there, their new places. A function that several programs share may be changed
 * by one of them only, or by all in the same way. Owned by one thread.
 */
final class MovedFunctions {
  private final ElfFile elf;
  private final ProgramLinker linker;
  private final Map<Function, MovedFunction> functions = new LinkedHashMap<>();

  /** All functions as they are. */
  MovedFunctions(ElfFile elf, ProgramLinker linker) {
    this.elf = elf;
    this.linker = linker;
    collect();
  }

  private void collect() {
    List<Function> sorted = new ArrayList<>(linker.functions().values());
    sorted.sort(
        Comparator.comparingInt((Function f) -> f.start().section())
            .thenComparingInt(Function::firstIndex));
    for (Function function : sorted) {
      CodeSection section = linker.section(function.start().section());
      Map<Integer, Function> references = new HashMap<>();
      for (int i = function.firstIndex(); i < function.endIndex(); i++) {
        Place callee = section.calls().get(i);
        if (callee != null) {
          references.put(i - function.firstIndex(), functionAt(section, callee));
        }
      }
      List<Instruction> code =
          section.instructions().subList(function.firstIndex(), function.endIndex());
      functions.put(function, new MovedFunction(function, code, references));
    }
  }

  private Function functionAt(CodeSection section, Place place) {
    Function function = linker.functions().get(place);
    if (function == null) {
      throw section
          .section()
          .data()
          .malformed("expected a call of a function, found one of slot " + place.slot());
    }
    return function;
  }

  /** Takes the code of a program's functions; fails if it is not one of the object. */
  void change(ProgramSpec program) {
    InstructionList code = program.code();
    List<ProgramSpec.FunctionStart> starts = program.functions();
    Map<Integer, Function> byStart = new HashMap<>();
    for (int f = 0; f < starts.size(); f++) {
      byStart.put(starts.get(f).index(), find(program, starts.get(f).name(), f == 0));
    }
    for (int f = 0; f < starts.size(); f++) {
      int from = starts.get(f).index();
      int to = f + 1 < starts.size() ? starts.get(f + 1).index() : code.size();
      Map<Integer, Function> references = new HashMap<>();
      List<Instruction> body = new ArrayList<>();
      for (int i = from; i < to; i++) {
        Instruction insn = code.get(i);
        body.add(insn);
        if (MovedFunction.isReference(insn)) {
          Function callee = byStart.get(code.target(i));
          if (callee == null) {
            throw elf.malformed(
                "program " + program.name(),
                "insn "
                    + code.slot(i)
                    + " ("
                    + insn
                    + "): expected the start of a function of the program");
          }
          references.put(i - from, callee);
        }
      }
      replace(
          program,
          byStart.getOrDefault(from, find(program, program.name(), true)),
          body,
          references);
    }
  }

  private void replace(
      ProgramSpec program,
      Function function,
      List<Instruction> body,
      Map<Integer, Function> references) {
    MovedFunction moved = of(function);
    List<Instruction> comparable = withoutDistances(body);
    if (withoutDistances(moved.after().instructions()).equals(comparable)
        && moved.references().equals(references)) {
      return;
    }
    if (moved.isChanged()) {
      throw elf.malformed(
          "program " + program.name(),
          "function " + function.name() + ": expected one new version, found two");
    }
    moved.replace(body, references);
  }

  /**
   * Distances of calls depend on where functions lie; which function is meant is compared apart.
   */
  private static List<Instruction> withoutDistances(List<Instruction> code) {
    return code.stream()
        .map(insn -> MovedFunction.isReference(insn) ? MovedFunction.refer(insn, 0) : insn)
        .toList();
  }

  private Function find(ProgramSpec program, String name, boolean entry) {
    List<Function> found =
        functions.keySet().stream()
            .filter(f -> f.name().equals(name))
            .filter(f -> !entry || sectionName(f).equals(program.section()))
            .toList();
    if (found.size() != 1) {
      throw elf.malformed(
          "program " + program.name(),
          "expected one function named " + name + ", found " + found.size());
    }
    return found.getFirst();
  }

  /** Gives every function its place: one after the other in their sections, as before. */
  void place() {
    for (CodeSection section : linker.codeSections()) {
      long slot = 0;
      int index = 0;
      for (MovedFunction function : ofSection(section.section().index())) {
        if (function.original().firstIndex() != index) {
          throw section
              .section()
              .data()
              .malformed(
                  "expected code that belongs to functions, found some before "
                      + function.original().name());
        }
        index = function.original().endIndex();
        function.placeAt(slot);
        slot += function.after().slots();
      }
    }
  }

  /** A function of the object. */
  MovedFunction of(Function function) {
    MovedFunction moved = functions.get(function);
    if (moved == null) {
      throw elf.malformed("function " + function.name(), "expected a function of the object");
    }
    return moved;
  }

  /** The functions of a section, in order. */
  List<MovedFunction> ofSection(int section) {
    return functions.values().stream()
        .filter(f -> f.original().start().section() == section)
        .toList();
  }

  /** The functions of all sections of that name, in order. */
  List<MovedFunction> ofSection(String name) {
    return functions.values().stream().filter(f -> sectionName(f.original()).equals(name)).toList();
  }

  private String sectionName(Function function) {
    return elf.section(function.start().section()).name();
  }
}
