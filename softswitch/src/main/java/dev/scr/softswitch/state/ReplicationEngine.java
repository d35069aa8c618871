package dev.scr.softswitch.state;

import com.google.protobuf.ByteString;
import dev.scr.softswitch.state.Refused.Reason;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Multicast groups and clone sessions. Survives a change of the pipeline only if told to. */
public final class ReplicationEngine {

  private final SortedMap<Integer, MulticastGroup> groups = new TreeMap<>();
  private final SortedMap<Integer, CloneSession> sessions = new TreeMap<>();

  /**
   * A multicast group.
   *
   * @param metadata means nothing to the switch
   * @param numberedPorts whether the control plane wrote ports as numbers and wants to read them so
   */
  public record MulticastGroup(List<Replica> replicas, ByteString metadata, boolean numberedPorts) {
    /** Copies the replicas. */
    public MulticastGroup {
      replicas = List.copyOf(replicas);
    }
  }

  /** No groups and no sessions. */
  public ReplicationEngine() {}

  /** The replicas of a multicast group, or null if there is no such group. */
  public @Nullable List<Replica> replicas(int group) {
    MulticastGroup found = groups.get(group);
    return found == null ? null : found.replicas;
  }

  /** A clone session, or null. */
  public @Nullable CloneSession session(int id) {
    return sessions.get(id);
  }

  /** All multicast groups by id. */
  public SortedMap<Integer, MulticastGroup> groups() {
    return Collections.unmodifiableSortedMap(groups);
  }

  /** All clone sessions by id. */
  public SortedMap<Integer, CloneSession> sessions() {
    return Collections.unmodifiableSortedMap(sessions);
  }

  /** Adds a group. */
  public void insertGroup(int id, MulticastGroup group) {
    checkId("multicast group", id);
    checkReplicas("multicast group " + id, group.replicas);
    checkAbsent("multicast group", groups, id);
    groups.put(id, group);
  }

  /** Replaces a group. */
  public void modifyGroup(int id, MulticastGroup group) {
    checkPresent("multicast group", groups, id);
    checkReplicas("multicast group " + id, group.replicas);
    groups.put(id, group);
  }

  /** Removes a group. */
  public void deleteGroup(int id) {
    checkPresent("multicast group", groups, id);
    groups.remove(id);
  }

  /** Adds a session. Unlike a multicast group's, its id may be 0 for programs that use that. */
  public void insertSession(int id, CloneSession session) {
    checkReplicas("clone session " + id, session.replicas());
    checkAbsent("clone session", sessions, id);
    sessions.put(id, session);
  }

  /** Replaces a session. */
  public void modifySession(int id, CloneSession session) {
    checkPresent("clone session", sessions, id);
    checkReplicas("clone session " + id, session.replicas());
    sessions.put(id, session);
  }

  /** Removes a session. */
  public void deleteSession(int id) {
    checkPresent("clone session", sessions, id);
    sessions.remove(id);
  }

  /** Removes everything. */
  public void clear() {
    groups.clear();
    sessions.clear();
  }

  private static void checkId(String what, int id) {
    if (id <= 0) {
      throw new Refused(Reason.INVALID, what + " id must be > 0, found " + id);
    }
  }

  private static void checkAbsent(String what, Map<Integer, ?> present, int id) {
    if (present.containsKey(id)) {
      throw new Refused(Reason.ALREADY_EXISTS, what + " " + id + " already exists");
    }
  }

  private static void checkPresent(String what, Map<Integer, ?> present, int id) {
    if (!present.containsKey(id)) {
      throw new Refused(Reason.NOT_FOUND, "no " + what + " " + id);
    }
  }

  private static void checkReplicas(String what, List<Replica> replicas) {
    Set<Replica> seen = new HashSet<>();
    for (Replica replica : replicas) {
      if (!seen.add(replica)) {
        throw new Refused(
            Reason.INVALID,
            what + ": port " + replica.port() + " instance " + replica.instance() + " twice");
      }
    }
  }
}
