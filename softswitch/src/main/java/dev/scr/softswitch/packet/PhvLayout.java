package dev.scr.softswitch.packet;

import java.util.List;

/**
 * The header vector of a program: which header instances there are and where their fields live.
 * Headers, stacks and unions are numbered from 0 in the order of these lists.
 */
public final class PhvLayout {

  /** A header instance; {@code union} is the number of the union it is a member of, or -1. */
  public record HeaderInstance(String name, HeaderLayout type, boolean metadata, int union) {}

  /** A stack of headers; elements are header numbers. */
  public record Stack(String name, HeaderLayout type, List<Integer> headers) {}

  /** A union; members are header numbers. */
  public record Union(String name, List<String> memberNames, List<Integer> headers) {}

  /** A stack of unions; elements are union numbers. */
  public record UnionStack(String name, List<Integer> unions) {}

  final List<HeaderInstance> headers;
  final int[] narrowBase;
  final int[] wideBase;
  final int[] narrowCount;
  final int[] wideCount;
  final int[] fixedBytes;
  final int[] unionOf;
  final boolean[] metadata;
  final int[][] stackHeaders;
  final int[][] unionHeaders;
  final int[][] unionStackUnions;
  final int narrowSlots;
  final int wideSlots;

  /** Places the given objects one after the other. */
  public PhvLayout(
      List<HeaderInstance> headers,
      List<Stack> stacks,
      List<Union> unions,
      List<UnionStack> unionStacks) {
    this.headers = List.copyOf(headers);
    narrowBase = new int[headers.size()];
    wideBase = new int[headers.size()];
    narrowCount = new int[headers.size()];
    wideCount = new int[headers.size()];
    fixedBytes = new int[headers.size()];
    unionOf = new int[headers.size()];
    metadata = new boolean[headers.size()];
    int narrow = 0;
    int wide = 0;
    for (int i = 0; i < headers.size(); i++) {
      HeaderInstance header = headers.get(i);
      narrowBase[i] = narrow;
      wideBase[i] = wide;
      narrowCount[i] = header.type().narrowSlots();
      wideCount[i] = header.type().wideSlots();
      fixedBytes[i] = header.type().fixedBits() >>> 3;
      unionOf[i] = header.union();
      metadata[i] = header.metadata();
      narrow += header.type().narrowSlots();
      wide += header.type().wideSlots();
    }
    narrowSlots = narrow;
    wideSlots = wide;
    stackHeaders = stacks.stream().map(stack -> array(stack.headers())).toArray(int[][]::new);
    unionHeaders = unions.stream().map(union -> array(union.headers())).toArray(int[][]::new);
    unionStackUnions =
        unionStacks.stream().map(stack -> array(stack.unions())).toArray(int[][]::new);
  }

  private static int[] array(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The header instance of that number. */
  public HeaderInstance header(int header) {
    return headers.get(header);
  }

  /** How many header instances there are. */
  public int headerCount() {
    return headers.size();
  }

  /** Index of a narrow field's value in {@link Phv#narrow}. */
  public int narrowIndex(int header, FieldLayout field) {
    return narrowBase[header] + field.slot();
  }

  /** Index of a wide or variable-length field's value in {@link Phv#wide}. */
  public int wideIndex(int header, FieldLayout field) {
    return wideBase[header] + field.slot();
  }

  /** Number of elements that a header stack can hold. */
  public int stackDepth(int stack) {
    return stackHeaders[stack].length;
  }

  /** Number of elements that a union stack can hold. */
  public int unionStackDepth(int stack) {
    return unionStackUnions[stack].length;
  }

  /** The header number of an element of a stack, or -1 when the index is outside the stack. */
  public int stackHeader(int stack, long index) {
    int[] elements = stackHeaders[stack];
    return index >= 0 && index < elements.length ? elements[(int) index] : -1;
  }

  /** The union number of an element of a union stack, or -1 when the index is outside. */
  public int unionStackUnion(int stack, long index) {
    int[] elements = unionStackUnions[stack];
    return index >= 0 && index < elements.length ? elements[(int) index] : -1;
  }

  /** The header number of a member of a union. */
  public int unionHeader(int union, int member) {
    return unionHeaders[union][member];
  }

  /** Number of members of a union. */
  public int unionSize(int union) {
    return unionHeaders[union].length;
  }
}
