package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Arithmetic;
import dev.scr.k2.proof.Region;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Depth-first enumeration of candidates up to a cost, on columns: the values of a register for
 * several inputs at once. Owned by one thread.
 *
 * <p>What keeps it small: a state in which <em>n</em> registers and stores are still missing needs
 * at least <em>n</em> more instructions, and if exactly so many are left, each has to provide one
 * of them, and is found from its result (constants are solved for, not guessed). A store has to
 * leave right bytes only. A value has to be used. States that were seen with as much cost left are
 * not visited again; of two independent neighbours only one order is tried.
 */
final class Enumeration {
  private static final Arithmetic ARITHMETIC = Arithmetic.GENERATED;
  private static final int MOST_DEPTH = 12;

  /** What to do with a candidate that gives the right columns. */
  interface Found {
    /** True ends the enumeration. */
    boolean found(Step[] path, int length);
  }

  private final Layout layout;
  private final TargetFeatures target;
  private final Cost cost;
  private final TestCases tests;
  private final int columns;
  private final Found sink;
  private final long limit;
  long steps;
  boolean stopped;

  private final List<Step> menu = new ArrayList<>();
  private final List<int[]> loads = new ArrayList<>();
  private final List<int[]> stores = new ArrayList<>();
  private final Set<AluOp> operations = EnumSet.noneOf(AluOp.class);
  private final Set<SwapOp> swaps = EnumSet.noneOf(SwapOp.class);
  private final int[] registers;
  private final int[] temporaries;
  private final List<Alu> closingWithRegister = new ArrayList<>();
  private final List<AluOp> shifting = List.of(AluOp.LSH, AluOp.RSH, AluOp.ARSH);
  private final Map<Long, Step> memorySteps = new HashMap<>();

  /** By depth. */
  private final long[][][] values = new long[MOST_DEPTH + 1][Reg.COUNT][];

  private final long[][] buffer;
  private final byte[][][] memory;
  private final Places[] places = new Places[MOST_DEPTH + 1];
  private final int[] wrongRegisters = new int[MOST_DEPTH + 1];
  private final int[] missingStores = new int[MOST_DEPTH + 1];
  private final int[] pending = new int[MOST_DEPTH + 1];
  private final long[][] hashes = new long[MOST_DEPTH + 1][Reg.COUNT];
  private final long[] memoryHash = new long[MOST_DEPTH + 1];
  private final Step[] path = new Step[MOST_DEPTH + 1];
  private final int[] menuIndex = new int[MOST_DEPTH + 1];

  private final long[][] wanted;
  private final byte[][] wantedMemory;
  private final Seen seen = new Seen();

  Enumeration(
      Layout layout,
      TargetFeatures target,
      Cost cost,
      TestCases tests,
      int columns,
      long limit,
      Found sink) {
    this.layout = layout;
    this.target = target;
    this.cost = cost;
    this.tests = tests;
    this.columns = Math.min(columns, tests.size());
    this.limit = limit;
    this.sink = sink;
    this.buffer = new long[MOST_DEPTH + 1][this.columns];
    this.memory = new byte[MOST_DEPTH + 1][layout.regionCount()][];
    this.wanted = new long[Reg.COUNT][this.columns];
    this.wantedMemory = new byte[layout.regionCount()][];
    List<Instruction> code = layout.window().code();
    this.registers = registersOf(code);
    this.temporaries = temporaries();
    for (int d = 0; d <= MOST_DEPTH; d++) {
      places[d] = Places.before(layout);
    }
    begin();
    choose(code);
    placesOfMemory();
    menu(new Constants(code));
  }

  // ---- what there is to choose from

  private int[] registersOf(List<Instruction> code) {
    TreeSet<Integer> used = new TreeSet<>();
    for (Instruction insn : code) {
      Step step = Step.of(insn, layout);
      if (step.dst >= 0) {
        used.add(step.dst);
      }
      for (int r = 0; r < 10; r++) {
        if ((step.reads >> r & 1) != 0) {
          used.add(r);
        }
      }
    }
    return used.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Registers outside of the window that nobody needs afterwards. */
  private int[] temporaries() {
    List<Integer> free = new ArrayList<>();
    for (int r = 0; r < 10 && free.size() < 2; r++) {
      if (layout.liveBits(r) == 0 && Arrays.binarySearch(registers, r) < 0) {
        free.add(r);
      }
    }
    return free.stream().mapToInt(Integer::intValue).toArray();
  }

  private void choose(List<Instruction> code) {
    operations.addAll(
        List.of(
            AluOp.MOV,
            AluOp.ADD,
            AluOp.SUB,
            AluOp.AND,
            AluOp.OR,
            AluOp.XOR,
            AluOp.LSH,
            AluOp.RSH,
            AluOp.ARSH));
    if (target.extensions()) {
      operations.addAll(List.of(AluOp.MOVSX8, AluOp.MOVSX16, AluOp.MOVSX32));
    }
    for (Instruction insn : code) {
      if (insn instanceof Alu alu) {
        operations.add(alu.op());
      } else if (insn instanceof Swap swap) {
        swaps.add(swap.op());
      }
    }
    boolean shifts = code.stream().anyMatch(i -> i instanceof Alu a && shifting.contains(a.op()));
    if (shifts) {
      swaps.addAll(List.of(SwapOp.BE16, SwapOp.BE32, SwapOp.BE64, SwapOp.LE16, SwapOp.LE32));
    }
    for (AluOp op : operations) {
      for (Width width : widths()) {
        if (op != AluOp.NEG && op.accepts(width, Reg.R0)) {
          Alu form = new Alu(width, op, Reg.R0, Reg.R0);
          // Plain moves first: of two solutions they are the easier one to read and to run.
          closingWithRegister.add(op == AluOp.MOV ? 0 : closingWithRegister.size(), form);
        }
      }
    }
  }

  private List<Width> widths() {
    return target.arithmetic32() ? List.of(Width.W64, Width.W32) : List.of(Width.W64);
  }

  /** Places of loads and stores that may make sense: within what the original touches. */
  private void placesOfMemory() {
    for (int region = 0; region < layout.regionCount(); region++) {
      int[] read = hull(region, 0);
      int[] written = hull(region, 1);
      boolean context = layout.regions().get(region).kind() == Region.Kind.CONTEXT;
      for (int bytes : new int[] {8, 4, 2, 1}) {
        for (int at = read[0]; at + bytes <= read[1]; at++) {
          if (layout.aligned(region, at, bytes, target)
              && (!context || layout.originalAccesses(region, at, bytes, false))) {
            loads.add(new int[] {region, at, bytes});
          }
        }
        for (int at = written[0] - 7; at + bytes <= written[1] + 7; at++) {
          if (layout.aligned(region, at, bytes, target)
              && at >= layout.low(region)
              && at + bytes <= layout.low(region) + layout.size(region)
              && at + bytes > written[0]
              && at < written[1]) {
            stores.add(new int[] {region, at, bytes});
          }
        }
      }
    }
  }

  private int[] hull(int region, int store) {
    int from = Integer.MAX_VALUE;
    int to = Integer.MIN_VALUE;
    for (int[] access : layout.accesses()) {
      if (access[0] == region && access[3] == store) {
        from = Math.min(from, access[1]);
        to = Math.max(to, access[1] + access[2]);
      }
    }
    return from > to ? new int[] {0, 0} : new int[] {from, to};
  }

  private void menu(Constants constants) {
    List<Integer> all = new ArrayList<>();
    Arrays.stream(registers).forEach(all::add);
    Arrays.stream(temporaries).forEach(all::add);
    for (int d : all) {
      Reg dst = Reg.of(d);
      for (AluOp op : operations) {
        for (Width width : widths()) {
          arithmetic(op, width, dst, all, constants);
        }
      }
      for (SwapOp op : swaps) {
        menu.add(Step.of(new Swap(op, dst), layout));
      }
    }
  }

  private void arithmetic(
      AluOp op, Width width, Reg dst, List<Integer> sources, Constants constants) {
    if (op == AluOp.NEG) {
      menu.add(Step.of(new Alu(width, op, dst, Imm.ZERO), layout));
      return;
    }
    for (int s : sources) {
      boolean nothing = s == dst.number() && op == AluOp.MOV && width == Width.W64;
      if (!nothing && op.accepts(width, Reg.of(s))) {
        menu.add(Step.of(new Alu(width, op, dst, Reg.of(s)), layout));
      }
    }
    if (op == AluOp.SUB || !op.accepts(width, Imm.ZERO)) {
      return;
    }
    for (int value : constants.of(op)) {
      boolean tooFar = shifting.contains(op) && value >= width.bits();
      if (!tooFar && !(op == AluOp.MOV && width == Width.W32 && value >= 0)) {
        menu.add(Step.of(new Alu(width, op, dst, new Imm(value)), layout));
      }
    }
  }

  // ---- the start and the goal

  private void begin() {
    for (int r = 0; r < Reg.COUNT; r++) {
      values[0][r] = new long[columns];
      for (int t = 0; t < columns; t++) {
        values[0][r][t] = tests.input(t).registers[r];
        wanted[r][t] = tests.output(t).registers[r];
      }
      hashes[0][r] = hash(values[0][r]);
      if (wrong(r, values[0][r])) {
        wrongRegisters[0] |= 1 << r;
      }
    }
    for (int i = 0; i < layout.regionCount(); i++) {
      int size = layout.size(i);
      memory[0][i] = new byte[columns * size];
      wantedMemory[i] = new byte[columns * size];
      for (int t = 0; t < columns; t++) {
        System.arraycopy(tests.input(t).memory[i], 0, memory[0][i], t * size, size);
        System.arraycopy(tests.output(t).memory[i], 0, wantedMemory[i], t * size, size);
      }
    }
    missingStores[0] = missing(memory[0]);
    memoryHash[0] = 1;
  }

  private boolean wrong(int register, long[] column) {
    long mask = layout.liveBits(register);
    if (mask == 0) {
      return false;
    }
    long[] goal = wanted[register];
    for (int t = 0; t < columns; t++) {
      if (((column[t] ^ goal[t]) & mask) != 0) {
        return true;
      }
    }
    return false;
  }

  /** How many stores the wrong bytes need at least. */
  private int missing(byte[][] now) {
    int count = 0;
    for (int i = 0; i < now.length; i++) {
      int size = layout.size(i);
      int at = 0;
      while (at < size) {
        if (wrongByte(now[i], i, at)) {
          count++;
          at += 8;
        } else {
          at++;
        }
      }
    }
    return count;
  }

  private boolean wrongByte(byte[] now, int region, int at) {
    if (!layout.live(region)[at]) {
      return false;
    }
    int size = layout.size(region);
    byte[] goal = wantedMemory[region];
    for (int t = 0, i = at; t < columns; t++, i += size) {
      if (now[i] != goal[i]) {
        return true;
      }
    }
    return false;
  }

  // ---- the search

  /** Looks for candidates of at most this cost; true if the sink took one. */
  boolean search(int most) {
    seen.clear();
    pending[0] = 0;
    return descend(0, most, most / cost.least());
  }

  private boolean descend(int depth, int left, int instructions) {
    steps++;
    if (steps > limit) {
      stopped = true;
      return false;
    }
    int lacking = Integer.bitCount(wrongRegisters[depth]) + missingStores[depth];
    int unused = unused(depth);
    if (lacking == 0 && unused == 0 && layout.endsAlike(places[depth]) && sink.found(path, depth)) {
      return true;
    }
    if (stopped || lacking > instructions || depth == MOST_DEPTH || instructions == 0) {
      return false;
    }
    if (Integer.bitCount(unused) > instructions + 1 || (lacking == 0 && unused == 0)) {
      return false;
    }
    if (!seen.first(state(depth), left)) {
      return false;
    }
    if (close(depth, left)) {
      return true;
    }
    return lacking < instructions && free(depth, left);
  }

  /** Values that were made and are good for nothing so far. */
  private int unused(int depth) {
    int dead = 0;
    int rest = pending[depth];
    while (rest != 0) {
      int r = Integer.numberOfTrailingZeros(rest);
      rest &= rest - 1;
      if (layout.liveBits(r) == 0 || (wrongRegisters[depth] >> r & 1) != 0) {
        dead |= 1 << r;
      }
    }
    return dead;
  }

  private long state(int depth) {
    long h = memoryHash[depth] * 31 + pending[depth];
    for (int r = 0; r < 10; r++) {
      long value = places[depth].usable(r) ? hashes[depth][r] : 0;
      h = mix(h * 0x9e3779b97f4a7c15L + value + r);
    }
    return h;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private static long hash(long[] column) {
    long h = 17;
    for (long value : column) {
      h = mix(h + value);
    }
    return h;
  }

  /** Tries every instruction that computes something new. */
  private boolean free(int depth, int left) {
    int before = depth == 0 ? -1 : menuIndex[depth - 1];
    Places here = places[depth];
    for (int i = 0; i < menu.size(); i++) {
      Step step = menu.get(i);
      if (i < before && independent(path[depth - 1], step)) {
        continue;
      }
      if (temporaryTooEarly(depth, step.dst) || !here.allows(step, target)) {
        continue;
      }
      if (advance(depth, left, step, i)) {
        return true;
      }
      if (stopped) {
        return false;
      }
    }
    return freeLoads(depth, left);
  }

  private boolean freeLoads(int depth, int left) {
    for (int[] place : loads) {
      int base = baseFor(depth, place[0]);
      if (base < 0) {
        continue;
      }
      for (int i = 0; i < registers.length + temporaries.length; i++) {
        int dst = i < registers.length ? registers[i] : temporaries[i - registers.length];
        if (temporaryTooEarly(depth, dst)) {
          continue;
        }
        Step step = load(depth, place, dst, base, false);
        if (step != null
            && places[depth].allows(step, target)
            && advance(depth, left, step, menu.size())) {
          return true;
        }
        if (stopped) {
          return false;
        }
      }
    }
    return false;
  }

  private boolean temporaryTooEarly(int depth, int dst) {
    return temporaries.length == 2
        && dst == temporaries[1]
        && !definedOnPath(depth, temporaries[0]);
  }

  private boolean definedOnPath(int depth, int register) {
    for (int i = 0; i < depth; i++) {
      if (path[i].dst == register) {
        return true;
      }
    }
    return false;
  }

  private static boolean independent(Step a, Step b) {
    boolean memory = a.accessesMemory() && b.accessesMemory();
    return !memory
        && a.dst >= 0
        && b.dst >= 0
        && a.dst != b.dst
        && (b.reads >> a.dst & 1) == 0
        && (a.reads >> b.dst & 1) == 0;
  }

  /** Takes a step that writes a register, and goes on. */
  private boolean advance(int depth, int left, Step step, int index) {
    int price = cost.of(step.insn);
    if (price > left) {
      return false;
    }
    steps++;
    int stillPending = pending[depth] & ~step.reads;
    if ((stillPending >> step.dst & 1) != 0) {
      return false;
    }
    long[] column = buffer[depth + 1];
    if (!evaluate(depth, step, column) || Arrays.equals(column, values[depth][step.dst])) {
      return false;
    }
    int next = depth + 1;
    System.arraycopy(values[depth], 0, values[next], 0, Reg.COUNT);
    System.arraycopy(hashes[depth], 0, hashes[next], 0, Reg.COUNT);
    System.arraycopy(memory[depth], 0, memory[next], 0, memory[depth].length);
    values[next][step.dst] = column;
    hashes[next][step.dst] = hash(column);
    memoryHash[next] = memoryHash[depth];
    missingStores[next] = missingStores[depth];
    pending[next] = stillPending | 1 << step.dst;
    int bit = 1 << step.dst;
    wrongRegisters[next] =
        wrong(step.dst, column) ? wrongRegisters[depth] | bit : wrongRegisters[depth] & ~bit;
    path[depth] = step;
    menuIndex[depth] = index;
    int instructions = (left - price) / cost.least();
    int lacking = Integer.bitCount(wrongRegisters[next]) + missingStores[next];
    if (lacking > instructions) {
      return false;
    }
    places[next].become(places[depth]);
    places[next].step(step);
    return descend(next, left - price, instructions);
  }

  private boolean evaluate(int depth, Step step, long[] into) {
    long[][] now = values[depth];
    switch (step.kind) {
      case ALU_REGISTER -> {
        long[] a = now[step.dst];
        long[] b = now[step.src];
        for (int t = 0; t < columns; t++) {
          into[t] = ARITHMETIC.alu(step.row, a[t], b[t]);
        }
      }
      case ALU_CONSTANT -> {
        long[] a = now[step.dst];
        for (int t = 0; t < columns; t++) {
          into[t] = ARITHMETIC.alu(step.row, a[t], step.imm);
        }
      }
      case SWAP -> {
        long[] a = now[step.dst];
        for (int t = 0; t < columns; t++) {
          into[t] = ARITHMETIC.swap(step.row, a[t]);
        }
      }
      case LOAD -> {
        int region = places[depth].region(step.base);
        int at = places[depth].offset(step.base) + step.offset - layout.low(region);
        int size = layout.size(region);
        for (int t = 0; t < columns; t++) {
          into[t] =
              ARITHMETIC.loaded(
                  step.row, Machine.load(memory[depth][region], t * size + at, step.bytes));
        }
      }
      case CONSTANT -> Arrays.fill(into, step.imm);
      case ADDRESS -> {
        for (int t = 0; t < columns; t++) {
          into[t] = tests.input(t).bases[step.region];
        }
      }
      case STORE_REGISTER, STORE_CONSTANT, ATOMIC -> {
        return false;
      }
    }
    return true;
  }

  // ---- instructions that provide something that is still missing

  private boolean close(int depth, int left) {
    int rest = wrongRegisters[depth];
    while (rest != 0 && !stopped) {
      int r = Integer.numberOfTrailingZeros(rest);
      rest &= rest - 1;
      if (closeRegister(depth, left, r)) {
        return true;
      }
    }
    if (missingStores[depth] > 0) {
      for (int[] place : stores) {
        if (stopped) {
          return false;
        }
        if (closeStore(depth, left, place)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean closeRegister(int depth, int left, int r) {
    Places here = places[depth];
    long[] goal = wanted[r];
    long mask = layout.liveBits(r);
    int mustUse = left < 2 * cost.least() ? unused(depth) : 0;
    if (closeByConstant(depth, left, r, goal, mask)) {
      return true;
    }
    for (Alu form : closingWithRegister) {
      int row = Arithmetic.row(form.op(), form.width());
      boolean reads = form.op().readsDestination();
      if (reads && !here.usable(r)) {
        continue;
      }
      for (int s = 0; s < Reg.COUNT; s++) {
        int used = 1 << s | (reads ? 1 << r : 0);
        if ((mustUse & ~used) != 0 || !here.usable(s)) {
          continue;
        }
        if (gives(row, values[depth][r], values[depth][s], goal, mask)) {
          Alu insn = new Alu(form.width(), form.op(), Reg.of(r), Reg.of(s));
          if (take(depth, left, Step.of(insn, layout))) {
            return true;
          }
        }
      }
    }
    if (here.scalar(r) && (mustUse & ~(1 << r)) == 0) {
      if (closeBySolving(depth, left, r, goal, mask)) {
        return true;
      }
    }
    return mustUse == 0 && closeByLoad(depth, left, r, goal, mask);
  }

  private boolean gives(int row, long[] a, long[] b, long[] goal, long mask) {
    steps++;
    for (int t = 0; t < columns; t++) {
      if (((ARITHMETIC.alu(row, a[t], b[t]) ^ goal[t]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  private boolean closeByConstant(int depth, int left, int r, long[] goal, long mask) {
    for (int t = 1; t < columns; t++) {
      if (((goal[t] ^ goal[0]) & mask) != 0) {
        return false;
      }
    }
    long value = goal[0] & mask;
    if (mask != -1 || value != (int) value) {
      // Perhaps a sign-extended constant has the needed bits.
      long narrow = (int) goal[0];
      if (((narrow ^ goal[0]) & mask) == 0) {
        return take(depth, left, alu(Width.W64, AluOp.MOV, r, narrow));
      }
      if ((((narrow & 0xffff_ffffL) ^ goal[0]) & mask) == 0 && target.arithmetic32()) {
        return take(depth, left, alu(Width.W32, AluOp.MOV, r, narrow));
      }
      return take(depth, left, Step.of(LoadWide.constant(Reg.of(r), goal[0]), layout));
    }
    return take(depth, left, alu(Width.W64, AluOp.MOV, r, value));
  }

  private Step alu(Width width, AluOp op, int r, long imm) {
    return Step.of(new Alu(width, op, Reg.of(r), new Imm((int) imm)), layout);
  }

  private boolean closeBySolving(int depth, int left, int r, long[] goal, long mask) {
    for (Width width : widths()) {
      for (AluOp op : operations) {
        if (op == AluOp.MOV || op.signExtends()) {
          continue;
        }
        if (solve(depth, left, width, op, r, goal, mask)) {
          return true;
        }
      }
    }
    for (SwapOp op : swaps) {
      Step step = Step.of(new Swap(op, Reg.of(r)), layout);
      if (evaluateMatches(depth, step, goal, mask) && take(depth, left, step)) {
        return true;
      }
    }
    return false;
  }

  private boolean evaluateMatches(int depth, Step step, long[] goal, long mask) {
    steps++;
    long[] column = new long[columns];
    if (!evaluate(depth, step, column)) {
      return false;
    }
    for (int t = 0; t < columns; t++) {
      if (((column[t] ^ goal[t]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Finds the constant with which the operation gives the goal. */
  private boolean solve(int depth, int left, Width width, AluOp op, int r, long[] goal, long mask) {
    long[] now = values[depth][r];
    int row = Arithmetic.row(op, width);
    return switch (op) {
      case LSH, RSH, ARSH -> solveShift(depth, left, width, op, r, goal, mask);
      case ADD -> tryConstant(depth, left, width, op, r, goal[0] - now[0], goal, mask);
      case XOR -> tryConstant(depth, left, width, op, r, goal[0] ^ now[0], goal, mask);
      case AND -> {
        // A bit that is one in no goal may be zero; the sign stands for the upper half.
        long ones = 0;
        for (int t = 0; t < columns; t++) {
          ones |= goal[t] & now[t] & mask;
        }
        yield tryConstant(depth, left, width, op, r, ones, goal, mask)
            || tryConstant(depth, left, width, op, r, ones | 0xffff_ffff_8000_0000L, goal, mask);
      }
      case OR -> {
        long ones = 0;
        for (int t = 0; t < columns; t++) {
          ones |= goal[t] & ~now[t] & mask;
        }
        yield tryConstant(depth, left, width, op, r, ones, goal, mask);
      }
      case NEG -> givesConstant(row, now, 0, goal, mask) && take(depth, left, alu(width, op, r, 0));
      default -> solveFromMenu(depth, left, row, r, goal, mask);
    };
  }

  private boolean solveShift(
      int depth, int left, Width width, AluOp op, int r, long[] goal, long mask) {
    int row = Arithmetic.row(op, width);
    for (int amount = 1; amount < width.bits(); amount++) {
      if (givesConstant(row, values[depth][r], amount, goal, mask)
          && take(depth, left, alu(width, op, r, amount))) {
        return true;
      }
    }
    return false;
  }

  private boolean solveFromMenu(int depth, int left, int row, int r, long[] goal, long mask) {
    for (Step step : menu) {
      if (step.kind == Step.Kind.ALU_CONSTANT
          && step.row == row
          && step.dst == r
          && givesConstant(row, values[depth][r], step.imm, goal, mask)
          && take(depth, left, step)) {
        return true;
      }
    }
    return false;
  }

  private boolean tryConstant(
      int depth, int left, Width width, AluOp op, int r, long value, long[] goal, long mask) {
    long constant = (int) value;
    return givesConstant(Arithmetic.row(op, width), values[depth][r], constant, goal, mask)
        && take(depth, left, alu(width, op, r, constant));
  }

  private boolean givesConstant(int row, long[] now, long constant, long[] goal, long mask) {
    steps++;
    for (int t = 0; t < columns; t++) {
      if (((ARITHMETIC.alu(row, now[t], constant) ^ goal[t]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  private boolean closeByLoad(int depth, int left, int r, long[] goal, long mask) {
    for (int[] place : loads) {
      int base = baseFor(depth, place[0]);
      if (base < 0) {
        continue;
      }
      for (int signed = 0; signed < (target.extensions() && place[2] < 8 ? 2 : 1); signed++) {
        if (!loadGives(depth, place, signed == 1, goal, mask)) {
          continue;
        }
        Step step = load(depth, place, r, base, signed == 1);
        if (step != null && take(depth, left, step)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean loadGives(int depth, int[] place, boolean signed, long[] goal, long mask) {
    steps++;
    int size = layout.size(place[0]);
    int at = place[1] - layout.low(place[0]);
    byte[] from = memory[depth][place[0]];
    for (int t = 0; t < columns; t++) {
      long value = Machine.load(from, t * size + at, place[2]);
      if (signed) {
        int unused = 64 - 8 * place[2];
        value = value << unused >> unused;
      }
      if (((value ^ goal[t]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  /** The register to access a region by: a pointer that waits for its use, r10, or the first. */
  private int baseFor(int depth, int region) {
    Places here = places[depth];
    int best = -1;
    for (int r = Reg.COUNT - 1; r >= 0; r--) {
      if (here.region(r) == region) {
        if ((pending[depth] >> r & 1) != 0) {
          return r;
        }
        if (best != 10) {
          best = r;
        }
      }
    }
    return best;
  }

  private @Nullable Step load(int depth, int[] place, int dst, int base, boolean signed) {
    int offset = place[1] - places[depth].offset(base);
    if (offset != (short) offset) {
      return null;
    }
    long key =
        ((((offset & 0xffffL) << 8 | dst) << 8 | base) << 8 | place[2]) << 4 | (signed ? 1 : 0);
    return memorySteps.computeIfAbsent(
        key,
        _ ->
            Step.of(
                new Load(size(place[2]), signed, Reg.of(dst), Reg.of(base), (short) offset),
                layout));
  }

  private static MemSize size(int bytes) {
    return switch (bytes) {
      case 1 -> MemSize.B;
      case 2 -> MemSize.H;
      case 4 -> MemSize.W;
      default -> MemSize.DW;
    };
  }

  private boolean closeStore(int depth, int left, int[] place) {
    if (!anyWrong(depth, place)) {
      return false;
    }
    int base = baseFor(depth, place[0]);
    if (base < 0) {
      return false;
    }
    int offset = place[1] - places[depth].offset(base);
    if (offset != (short) offset) {
      return false;
    }
    if (target.storeImmediate() && closeByStoredConstant(depth, left, place, base, offset)) {
      return true;
    }
    for (int s = 0; s < Reg.COUNT; s++) {
      if (places[depth].usable(s) && storeGives(place, values[depth][s])) {
        Store insn = new Store(size(place[2]), Reg.of(base), (short) offset, Reg.of(s));
        if (take(depth, left, Step.of(insn, layout))) {
          return true;
        }
      }
    }
    return target.atomicAdd() && place[2] >= 4 && closeByAddition(depth, left, place, base, offset);
  }

  private boolean anyWrong(int depth, int[] place) {
    int first = place[1] - layout.low(place[0]);
    for (int at = first; at < first + place[2]; at++) {
      if (wrongByte(memory[depth][place[0]], place[0], at)) {
        return true;
      }
    }
    return false;
  }

  /** Whether storing the column leaves right bytes only. */
  private boolean storeGives(int[] place, long[] column) {
    steps++;
    int size = layout.size(place[0]);
    int first = place[1] - layout.low(place[0]);
    boolean[] live = layout.live(place[0]);
    byte[] goal = wantedMemory[place[0]];
    for (int b = 0; b < place[2]; b++) {
      if (!live[first + b]) {
        continue;
      }
      for (int t = 0; t < columns; t++) {
        if ((byte) (column[t] >> (8 * b)) != goal[t * size + first + b]) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean closeByStoredConstant(int depth, int left, int[] place, int base, int offset) {
    int size = layout.size(place[0]);
    int first = place[1] - layout.low(place[0]);
    boolean[] live = layout.live(place[0]);
    byte[] goal = wantedMemory[place[0]];
    long value = 0;
    long known = 0;
    for (int b = 0; b < place[2]; b++) {
      if (!live[first + b]) {
        continue;
      }
      for (int t = 1; t < columns; t++) {
        if (goal[t * size + first + b] != goal[first + b]) {
          return false;
        }
      }
      value |= (goal[first + b] & 0xffL) << (8 * b);
      known |= 0xffL << (8 * b);
    }
    long constant = (int) value;
    if (((constant ^ value) & known) != 0) {
      return false;
    }
    Store insn = new Store(size(place[2]), Reg.of(base), (short) offset, new Imm((int) constant));
    return take(depth, left, Step.of(insn, layout));
  }

  private boolean closeByAddition(int depth, int left, int[] place, int base, int offset) {
    int size = layout.size(place[0]);
    int first = place[1] - layout.low(place[0]);
    byte[] now = memory[depth][place[0]];
    long mask = place[2] == 8 ? -1 : 0xffff_ffffL;
    for (int s = 0; s < Reg.COUNT; s++) {
      if (!places[depth].scalar(s)) {
        continue;
      }
      boolean right = true;
      for (int t = 0; t < columns && right; t++) {
        long sum =
            Machine.load(now, t * size + first, place[2])
                + values[depth][s][t]
                - Machine.load(wantedMemory[place[0]], t * size + first, place[2]);
        right = (sum & mask) == 0;
      }
      if (right) {
        Width width = place[2] == 8 ? Width.W64 : Width.W32;
        Atomic insn = new Atomic(width, AtomicOp.ADD, Reg.of(base), (short) offset, Reg.of(s));
        if (take(depth, left, Step.of(insn, layout))) {
          return true;
        }
      }
    }
    return false;
  }

  /** Takes a step that is known to provide something. */
  private boolean take(int depth, int left, Step step) {
    if (!places[depth].allows(step, target)) {
      return false;
    }
    if (step.dst >= 0) {
      return advance(depth, left, step, -1);
    }
    int price = cost.of(step.insn);
    if (price > left) {
      return false;
    }
    int next = depth + 1;
    int region = places[depth].region(step.base);
    System.arraycopy(values[depth], 0, values[next], 0, Reg.COUNT);
    System.arraycopy(hashes[depth], 0, hashes[next], 0, Reg.COUNT);
    System.arraycopy(memory[depth], 0, memory[next], 0, memory[depth].length);
    memory[next][region] = stored(depth, step, region);
    memoryHash[next] = mix(memoryHash[depth] + Arrays.hashCode(memory[next][region]) * 31L);
    missingStores[next] = missing(memory[next]);
    wrongRegisters[next] = wrongRegisters[depth];
    pending[next] = pending[depth] & ~step.reads;
    path[depth] = step;
    menuIndex[depth] = -1;
    places[next].become(places[depth]);
    places[next].step(step);
    return descend(next, left - price, (left - price) / cost.least());
  }

  private byte[] stored(int depth, Step step, int region) {
    byte[] after = memory[depth][region].clone();
    int size = layout.size(region);
    int at = places[depth].offset(step.base) + step.offset - layout.low(region);
    for (int t = 0; t < columns; t++) {
      int place = t * size + at;
      long value = step.src < 0 ? step.imm : values[depth][step.src][t];
      if (step.kind == Step.Kind.ATOMIC) {
        value += Machine.load(after, place, step.bytes);
      }
      Machine.store(after, place, step.bytes, value);
    }
    return after;
  }

  /** States with the most cost that was left when they were visited. Open addressing. */
  private static final class Seen {
    private long[] keys = new long[1 << 12];
    private byte[] lefts = new byte[1 << 12];
    private int count;

    void clear() {
      Arrays.fill(keys, 0);
      count = 0;
    }

    /** Whether the state is new, or has more left than before. */
    boolean first(long state, int left) {
      long key = state == 0 ? 1 : state;
      int most = Math.min(left, 127);
      int mask = keys.length - 1;
      int at = (int) (key ^ key >>> 32) & mask;
      while (keys[at] != 0 && keys[at] != key) {
        at = at + 1 & mask;
      }
      if (keys[at] == key) {
        if (lefts[at] >= most) {
          return false;
        }
        lefts[at] = (byte) most;
        return true;
      }
      keys[at] = key;
      lefts[at] = (byte) most;
      if (++count * 2 > keys.length && keys.length < 1 << 22) {
        grow();
      } else if (count * 4L > keys.length * 3L) {
        clear();
      }
      return true;
    }

    private void grow() {
      long[] oldKeys = keys;
      byte[] oldLefts = lefts;
      keys = new long[oldKeys.length * 4];
      lefts = new byte[oldKeys.length * 4];
      int mask = keys.length - 1;
      for (int i = 0; i < oldKeys.length; i++) {
        if (oldKeys[i] != 0) {
          int at = (int) (oldKeys[i] ^ oldKeys[i] >>> 32) & mask;
          while (keys[at] != 0) {
            at = at + 1 & mask;
          }
          keys[at] = oldKeys[i];
          lefts[at] = oldLefts[i];
        }
      }
    }
  }
}
