package dev.scr.softswitch.state;

import java.util.ArrayList;
import java.util.List;

/** A parser value set: members that the control plane gives. */
public final class ValueSet {

  private final String name;
  private final int bits;
  private List<List<FieldMatch>> members = List.of();
  private List<Member> compiled = List.of();

  /** A member's fields as words of the transition key. */
  @SuppressWarnings("ArrayRecordComponent") // read per packet, never compared
  public record Member(long[] value, long[] mask) {}

  /** An empty set over keys of {@code bits} bits. */
  public ValueSet(String name, int bits) {
    this.name = name;
    this.bits = bits;
  }

  /** The P4 name. */
  public String name() {
    return name;
  }

  /** Width of the whole key, without padding. */
  public int bits() {
    return bits;
  }

  /** The members as given. */
  public List<List<FieldMatch>> members() {
    return members;
  }

  /** Replaces all members. */
  public void set(List<List<FieldMatch>> newMembers, List<Member> newCompiled) {
    members = List.copyOf(newMembers);
    compiled = new ArrayList<>(newCompiled);
  }

  /** Whether a transition key, under a mask, equals a member under the same mask. */
  public boolean contains(long[] key, long[] transitionMask) {
    for (Member member : compiled) {
      if (matches(member, key, transitionMask)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(Member member, long[] key, long[] transitionMask) {
    for (int i = 0; i < key.length; i++) {
      if (((key[i] ^ member.value[i]) & member.mask[i] & transitionMask[i]) != 0) {
        return false;
      }
    }
    return true;
  }
}
