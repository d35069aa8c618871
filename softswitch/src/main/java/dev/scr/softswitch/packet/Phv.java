package dev.scr.softswitch.packet;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * The values of all headers and metadata of one packet ("packet header vector").
 *
 * <p>The two value arrays are open to the nodes of the program, which have computed their indices
 * from the {@link PhvLayout} at load time; everything else goes through methods. A header's fields
 * keep their values when it becomes invalid, as in BMv2; unlike there, a new packet starts with all
 * fields zero.
 */
public final class Phv {

  /** Values of fields of at most 64 bits, by {@link PhvLayout#narrowIndex}. */
  public final long[] narrow;

  /** Values of all other fields, by {@link PhvLayout#wideIndex}. */
  public final BigInteger[] wide;

  private final PhvLayout layout;
  private final boolean[] valid;
  private final int[] variableBits;
  private final int[] stackNext;
  private final int[] unionStackNext;

  /** A vector with all fields zero and no header valid. */
  public Phv(PhvLayout layout) {
    this.layout = layout;
    narrow = new long[layout.narrowSlots];
    wide = new BigInteger[layout.wideSlots];
    valid = new boolean[layout.headers.size()];
    variableBits = new int[layout.headers.size()];
    stackNext = new int[layout.stackHeaders.length];
    unionStackNext = new int[layout.unionStackUnions.length];
    reset();
  }

  /** Where things are. */
  public PhvLayout layout() {
    return layout;
  }

  /** Zeroes all fields, invalidates all headers, empties all stacks. */
  public void reset() {
    Arrays.fill(narrow, 0);
    Arrays.fill(wide, BigInteger.ZERO);
    System.arraycopy(layout.metadata, 0, valid, 0, valid.length);
    Arrays.fill(variableBits, 0);
    Arrays.fill(stackNext, 0);
    Arrays.fill(unionStackNext, 0);
  }

  /** Zeroes all metadata. */
  public void resetMetadata() {
    for (int header = 0; header < valid.length; header++) {
      if (layout.metadata[header]) {
        zero(header);
      }
    }
  }

  /** Takes over everything from another vector of the same layout. */
  public void copyFrom(Phv source) {
    System.arraycopy(source.narrow, 0, narrow, 0, narrow.length);
    System.arraycopy(source.wide, 0, wide, 0, wide.length);
    System.arraycopy(source.valid, 0, valid, 0, valid.length);
    System.arraycopy(source.variableBits, 0, variableBits, 0, variableBits.length);
    System.arraycopy(source.stackNext, 0, stackNext, 0, stackNext.length);
    System.arraycopy(source.unionStackNext, 0, unionStackNext, 0, unionStackNext.length);
  }

  /** Whether a header is valid; metadata always is, and header -1 (outside a stack) never. */
  public boolean isValid(int header) {
    return header >= 0 && valid[header];
  }

  /** Makes a header valid; the other members of its union become invalid. */
  public void setValid(int header) {
    int union = layout.unionOf[header];
    if (union >= 0) {
      for (int member : layout.unionHeaders[union]) {
        valid[member] = false;
      }
    }
    valid[header] = true;
  }

  /** Makes a header invalid; metadata stays valid. */
  public void setInvalid(int header) {
    valid[header] = layout.metadata[header];
  }

  /** Sets all fields of a header to zero; a variable-length one becomes empty. */
  public void zero(int header) {
    int narrowBase = layout.narrowBase[header];
    Arrays.fill(narrow, narrowBase, narrowBase + layout.narrowCount[header], 0);
    int wideBase = layout.wideBase[header];
    Arrays.fill(wide, wideBase, wideBase + layout.wideCount[header], BigInteger.ZERO);
    variableBits[header] = 0;
  }

  /** Whether a member of a union is valid. */
  public boolean isUnionValid(int union) {
    return validMember(union) >= 0;
  }

  /** Which member of a union is valid, or -1. */
  public int validMember(int union) {
    if (union < 0) {
      return -1;
    }
    int[] members = layout.unionHeaders[union];
    for (int i = 0; i < members.length; i++) {
      if (valid[members[i]]) {
        return i;
      }
    }
    return -1;
  }

  /** Size of a header on the wire in bytes, with its variable-length field as it is now. */
  public int wireBytes(int header) {
    return layout.fixedBytes[header] + (variableBits[header] >>> 3);
  }

  /** Current length of a header's variable-length field in bits. */
  public int variableBits(int header) {
    return variableBits[header];
  }

  /** Sets the length of a header's variable-length field in bits. */
  public void setVariableBits(int header, int bits) {
    variableBits[header] = bits;
  }

  /** Number of elements extracted into a header stack; the index of the next one. */
  public int stackNext(int stack) {
    return stackNext[stack];
  }

  /** Sets the index of a header stack's next element. */
  public void setStackNext(int stack, int next) {
    stackNext[stack] = next;
  }

  /** Number of elements extracted into a union stack; the index of the next one. */
  public int unionStackNext(int stack) {
    return unionStackNext[stack];
  }

  /** Sets the index of a union stack's next element. */
  public void setUnionStackNext(int stack, int next) {
    unionStackNext[stack] = next;
  }

  /** Copies fields, length and validity between headers of the same type. */
  public void copyHeader(int target, int source) {
    copyFields(target, source);
    valid[target] = valid[source];
  }

  /** Copies fields and length, not validity, between headers of the same type. */
  public void copyFields(int target, int source) {
    System.arraycopy(
        narrow,
        layout.narrowBase[source],
        narrow,
        layout.narrowBase[target],
        layout.narrowCount[source]);
    System.arraycopy(
        wide, layout.wideBase[source], wide, layout.wideBase[target], layout.wideCount[source]);
    variableBits[target] = variableBits[source];
  }

  /** Whether two headers are both valid, of the same type, and equal in every field. */
  public boolean headersEqual(int left, int right) {
    if (!isValid(left) || !isValid(right)) {
      return false;
    }
    HeaderLayout type = layout.headers.get(left).type();
    if (!type.name().equals(layout.headers.get(right).type().name())
        || variableBits[left] != variableBits[right]) {
      return false;
    }
    int n = type.narrowSlots();
    int w = type.wideSlots();
    int leftNarrow = layout.narrowBase[left];
    int rightNarrow = layout.narrowBase[right];
    int leftWide = layout.wideBase[left];
    int rightWide = layout.wideBase[right];
    return Arrays.equals(narrow, leftNarrow, leftNarrow + n, narrow, rightNarrow, rightNarrow + n)
        && Arrays.equals(wide, leftWide, leftWide + w, wide, rightWide, rightWide + w);
  }
}
