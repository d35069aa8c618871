package dev.scr.hosts.bench;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.wire.ScrField;
import java.util.ArrayList;
import java.util.List;

/**
 * A handler that feeds itself: a prelude copies the next frame over the one at hand, numbers it as
 * the next of its worker, and calls the handler. A test run of the kernel repeats a program on one
 * frame without resetting it; so both engines get a new frame each time, by the same instructions.
 */
final class FedHandler {
  /** The map with the frames, one value. */
  static final String FRAMES = "frames";

  /** The map with the number of frames so far, 8 bytes. */
  static final String CURSOR = "cursor";

  private static final short DATA = 0;
  private static final short DATA_END = 4;
  private static final int XDP_PASS = 2;
  private static final Reg NUMBER = Reg.of(3);
  private static final Reg VALUE = Reg.of(4);
  private static final Reg PLACE = Reg.of(5);
  private static final Reg CONTEXT = Reg.of(6);
  private static final Reg PACKET = Reg.of(7);
  private static final Reg END = Reg.of(8);

  private final List<Instruction> code = new ArrayList<>();
  private final List<MapSpec> maps;
  private final int frameBytes;

  private FedHandler(List<MapSpec> handlerMaps, int frameBytes) {
    this.frameBytes = frameBytes;
    maps = new ArrayList<>(handlerMaps);
    maps.add(MapSpec.of(CURSOR, MapType.ARRAY, 4, 8, 1));
    maps.add(MapSpec.of(FRAMES, MapType.ARRAY, 4, WorkerFrames.COUNT * frameBytes, 1));
  }

  /** The handler behind the prelude. */
  static ProgramSpec of(ProgramSpec handler, WorkerFrames frames, int workers) {
    FedHandler fed = new FedHandler(handler.maps(), frames.frameBytes());
    int check = fed.prelude(workers);
    fed.code.add(move(Reg.R1, CONTEXT));
    fed.code.add(new CallLocal(1 + fed.wayOut().size())); // over its own exit and the way out
    fed.code.add(new Exit());
    return fed.spec(check, handler.code().instructions());
  }

  /** The prelude alone: what is not the handler's cost. */
  static ProgramSpec preludeOnly(WorkerFrames frames, int workers) {
    FedHandler fed = new FedHandler(List.of(), frames.frameBytes());
    int check = fed.prelude(workers);
    fed.code.add(move(Reg.R0, new Imm(XDP_PASS)));
    fed.code.add(new Exit());
    return fed.spec(check, List.of());
  }

  /** Adds the prelude and answers the index of the branch to the way out. */
  private int prelude(int workers) {
    code.add(move(CONTEXT, Reg.R1));
    code.add(new Load(MemSize.W, false, PACKET, CONTEXT, DATA));
    code.add(new Load(MemSize.W, false, END, CONTEXT, DATA_END));
    code.add(move(PLACE, PACKET));
    code.add(alu(AluOp.ADD, PLACE, frameBytes));
    int check = code.size();
    code.add(new Exit()); // becomes the branch
    code.add(new LoadWide(Reg.R1, WideSource.MAP_INDEX_VALUE, maps.size() - 2, 0));
    code.add(new Load(MemSize.DW, false, NUMBER, Reg.R1, (short) 0));
    code.add(move(PLACE, NUMBER));
    code.add(alu(AluOp.ADD, NUMBER, 1));
    code.add(new Store(MemSize.DW, Reg.R1, (short) 0, NUMBER));
    code.add(alu(AluOp.AND, PLACE, WorkerFrames.COUNT - 1));
    code.add(alu(AluOp.MUL, PLACE, frameBytes));
    code.add(new LoadWide(Reg.R1, WideSource.MAP_INDEX_VALUE, maps.size() - 1, 0));
    code.add(new Alu(Width.W64, AluOp.ADD, Reg.R1, PLACE));
    for (int at = 0; at < frameBytes; at += Long.BYTES) {
      code.add(new Load(MemSize.DW, false, VALUE, Reg.R1, (short) at));
      code.add(new Store(MemSize.DW, PACKET, (short) at, VALUE));
    }
    // Numbers of the first worker: workers, 2 * workers, …
    code.add(alu(AluOp.MUL, NUMBER, workers));
    code.add(new Swap(SwapOp.BE32, NUMBER));
    code.add(new Store(MemSize.W, PACKET, (short) ScrField.SEQUENCE.offset(), NUMBER));
    return check;
  }

  private List<Instruction> wayOut() {
    return List.of(move(Reg.R0, Imm.ZERO), new Exit());
  }

  private ProgramSpec spec(int check, List<Instruction> handler) {
    int distance = code.subList(check + 1, code.size()).stream().mapToInt(Instruction::slots).sum();
    code.set(check, new Branch(Width.W64, JmpOp.JGT, PLACE, END, (short) distance));
    code.addAll(wayOut());
    code.addAll(handler);
    return ProgramSpec.of("fed", ProgramType.XDP, code, maps);
  }

  private static Instruction move(Reg dst, Operand src) {
    return new Alu(Width.W64, AluOp.MOV, dst, src);
  }

  private static Instruction alu(AluOp op, Reg dst, int value) {
    return new Alu(Width.W64, op, dst, new Imm(value));
  }
}
