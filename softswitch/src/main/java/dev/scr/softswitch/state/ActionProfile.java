package dev.scr.softswitch.state;

import com.google.protobuf.ByteString;
import dev.scr.softswitch.state.Refused.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Actions that table entries refer to by member or, through a selector, by group. */
public final class ActionProfile {

  /** A member of a group and how many times it counts. */
  public record WeightedMember(int memberId, int weight, ByteString watchPort) {}

  /** A group; {@code maxSize} 0 means no limit of its own. */
  public record Group(List<WeightedMember> members, int maxSize) {
    /** Copies the members. */
    public Group {
      members = List.copyOf(members);
    }
  }

  private final String name;
  private final int maxMembers;
  private final boolean selector;
  private final SortedMap<Integer, ActionCall> members = new TreeMap<>();
  private final SortedMap<Integer, Group> groups = new TreeMap<>();
  private final SortedMap<Integer, int[]> slots = new TreeMap<>();

  /** A profile without members; {@code maxMembers} 0 means no limit. */
  public ActionProfile(String name, int maxMembers, boolean selector) {
    this.name = name;
    this.maxMembers = maxMembers;
    this.selector = selector;
  }

  /** The P4 name. */
  public String name() {
    return name;
  }

  /** Whether it can have groups. */
  public boolean hasSelector() {
    return selector;
  }

  /** A member's action, or null. */
  public @Nullable ActionCall member(int id) {
    return members.get(id);
  }

  /** The action of the member that a hash picks from a group, or null for an empty group. */
  public @Nullable ActionCall select(int groupId, long hash) {
    int[] choices = slots.get(groupId);
    if (choices == null || choices.length == 0) {
      return null;
    }
    return members.get(choices[(int) Long.remainderUnsigned(hash, choices.length)]);
  }

  /** All members by id. */
  public SortedMap<Integer, ActionCall> members() {
    return Collections.unmodifiableSortedMap(members);
  }

  /** All groups by id. */
  public SortedMap<Integer, Group> groups() {
    return Collections.unmodifiableSortedMap(groups);
  }

  /** Adds a member. */
  public void insertMember(int id, ActionCall call) {
    if (members.containsKey(id)) {
      throw new Refused(Reason.ALREADY_EXISTS, "member " + id + " of " + name + " already exists");
    }
    if (maxMembers > 0 && members.size() >= maxMembers) {
      throw new Refused(Reason.FULL, name + " is full: it holds " + maxMembers + " members");
    }
    members.put(id, call);
  }

  /** Replaces a member. */
  public void modifyMember(int id, ActionCall call) {
    checkMember(id);
    members.put(id, call);
  }

  /** Removes a member that no group uses; the caller has checked the tables. */
  public void deleteMember(int id) {
    checkMember(id);
    for (var group : groups.entrySet()) {
      if (group.getValue().members.stream().anyMatch(member -> member.memberId == id)) {
        throw new Refused(
            Reason.IN_USE, "member " + id + " of " + name + " is in group " + group.getKey());
      }
    }
    members.remove(id);
  }

  /** Adds a group. */
  public void insertGroup(int id, Group group) {
    checkSelector();
    if (groups.containsKey(id)) {
      throw new Refused(Reason.ALREADY_EXISTS, "group " + id + " of " + name + " already exists");
    }
    putGroup(id, group);
  }

  /** Replaces a group. */
  public void modifyGroup(int id, Group group) {
    checkGroup(id);
    putGroup(id, group);
  }

  /** Removes a group; the caller has checked the tables. */
  public void deleteGroup(int id) {
    checkGroup(id);
    groups.remove(id);
    slots.remove(id);
  }

  /** Refuses unless there is such a member. */
  public void checkMember(int id) {
    if (!members.containsKey(id)) {
      throw new Refused(Reason.NOT_FOUND, name + " has no member " + id);
    }
  }

  /** Refuses unless there is such a group. */
  public void checkGroup(int id) {
    if (!groups.containsKey(id)) {
      throw new Refused(Reason.NOT_FOUND, name + " has no group " + id);
    }
  }

  private void checkSelector() {
    if (!selector) {
      throw new Refused(Reason.INVALID, name + " has no selector, so it cannot have groups");
    }
  }

  private void putGroup(int id, Group group) {
    List<Integer> choices = new ArrayList<>();
    for (WeightedMember member : group.members) {
      checkMember(member.memberId);
      if (member.weight <= 0) {
        throw new Refused(Reason.INVALID, "member " + member.memberId + ": weight must be > 0");
      }
      if (choices.size() + (long) member.weight > MAX_CHOICES) {
        throw new Refused(
            Reason.FULL, "group " + id + " of " + name + ": sum of weights > " + MAX_CHOICES);
      }
      choices.addAll(Collections.nCopies(member.weight, member.memberId));
    }
    if (group.maxSize > 0 && choices.size() > group.maxSize) {
      throw new Refused(
          Reason.FULL,
          "group "
              + id
              + " of "
              + name
              + ": sum of weights "
              + choices.size()
              + " > max_size "
              + group.maxSize);
    }
    groups.put(id, group);
    slots.put(id, choices.stream().mapToInt(Integer::intValue).toArray());
  }

  private static final int MAX_CHOICES = 65536;
}
