package dev.scr.softswitch.server;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p4.v1.MasterArbitrationUpdate;
import org.p4.v1.Role;

/**
 * Who may write to a device: for each role the client whose election id is the highest that was
 * ever seen, if it is still connected. When the primary leaves, nobody moves up by itself.
 *
 * <p>Not thread-safe: the device's control lock guards it.
 */
final class Arbitration {

  /** A connected client. */
  interface Client {
    /** Tells the client where it stands. Must not block. */
    void notify(MasterArbitrationUpdate update);
  }

  // A role is remembered for as long as the server runs, with the highest id seen for it.
  private static final int MOST_ROLES = 64;

  private record Member(Optional<ElectionId> id, boolean namedRole) {}

  private static final class RoleState {
    final Map<Client, Member> clients = new LinkedHashMap<>();
    @Nullable ElectionId highest;
    @Nullable Client primary;
  }

  private final long deviceId;
  private final int maxClientsPerRole;
  private final Map<String, RoleState> roles = new LinkedHashMap<>();
  private final Map<Client, String> roleOf = new LinkedHashMap<>();

  /** Nobody is connected. */
  Arbitration(long deviceId, int maxClientsPerRole) {
    this.deviceId = deviceId;
    this.maxClientsPerRole = maxClientsPerRole;
  }

  /**
   * A client says or repeats which role it wants and with which election id.
   *
   * @throws io.grpc.StatusRuntimeException if its stream must end for that
   */
  void arbitrate(Client client, MasterArbitrationUpdate update) {
    checkDevice(client, update);
    String role = update.getRole().getName();
    String before = roleOf.get(client);
    if (before != null && !before.equals(role)) {
      throw Status.FAILED_PRECONDITION
          .withDescription(
              "expected role \""
                  + before
                  + "\" as before on this stream, found \""
                  + role
                  + "\"; open another stream")
          .asRuntimeException();
    }
    if (update.getRole().hasConfig()
        && !update.getRole().getConfig().equals(Any.getDefaultInstance())) {
      throw Status.INVALID_ARGUMENT
          .withDescription("expected no role.config: every role has full pipeline access here")
          .asRuntimeException();
    }
    if (!roles.containsKey(role) && roles.size() >= MOST_ROLES) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("the device has seen " + MOST_ROLES + " roles already")
          .asRuntimeException();
    }
    RoleState state = roles.computeIfAbsent(role, _ -> new RoleState());
    Optional<ElectionId> id = ElectionId.of(update.hasElectionId(), update.getElectionId());
    checkUnique(state, client, id);
    if (before == null && state.clients.size() >= maxClientsPerRole) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("role \"" + role + "\" has " + maxClientsPerRole + " clients already")
          .asRuntimeException();
    }
    roleOf.put(client, role);
    state.clients.put(client, new Member(id, update.hasRole()));
    elect(role, state, client, id);
  }

  private void checkDevice(Client client, MasterArbitrationUpdate update) {
    if (update.getDeviceId() != deviceId) {
      Status status = roleOf.containsKey(client) ? Status.FAILED_PRECONDITION : Status.NOT_FOUND;
      throw status
          .withDescription(
              "expected device "
                  + Long.toUnsignedString(deviceId)
                  + ", found "
                  + Long.toUnsignedString(update.getDeviceId()))
          .asRuntimeException();
    }
  }

  private static void checkUnique(RoleState state, Client client, Optional<ElectionId> id) {
    for (Map.Entry<Client, Member> other : state.clients.entrySet()) {
      if (id.isPresent() && !other.getKey().equals(client) && other.getValue().id.equals(id)) {
        throw Status.INVALID_ARGUMENT
            .withDescription("election id " + id.get() + " is in use by another client")
            .asRuntimeException();
      }
    }
  }

  private void elect(String role, RoleState state, Client client, Optional<ElectionId> id) {
    boolean wasPrimary = client.equals(state.primary);
    if (id.isPresent() && (state.highest == null || id.get().compareTo(state.highest) >= 0)) {
      state.highest = id.get();
      state.primary = client;
      tellOthers(role, state, client);
      tell(role, state, client);
    } else if (wasPrimary) {
      state.primary = null;
      tellOthers(role, state, client);
      tell(role, state, client);
    } else {
      tell(role, state, client);
    }
  }

  /** A client is gone. */
  void leave(Client client) {
    String role = roleOf.remove(client);
    RoleState state = role == null ? null : roles.get(role);
    if (role == null || state == null) {
      return;
    }
    state.clients.remove(client);
    if (client.equals(state.primary)) {
      state.primary = null;
      tellOthers(role, state, client);
    }
  }

  /** Whether an election id is that of the primary of a role. */
  boolean isPrimary(String role, Optional<ElectionId> id) {
    RoleState state = roles.get(role);
    return state != null
        && state.primary != null
        && id.isPresent()
        && id.get().equals(state.highest);
  }

  /** Whether a client is the primary of its role. */
  boolean isPrimary(Client client) {
    RoleState state = roles.get(roleOf.getOrDefault(client, ""));
    return state != null && client.equals(state.primary);
  }

  /** The primaries of all roles. */
  List<Client> primaries() {
    List<Client> primaries = new ArrayList<>();
    for (RoleState state : roles.values()) {
      if (state.primary != null) {
        primaries.add(state.primary);
      }
    }
    return primaries;
  }

  private void tellOthers(String role, RoleState state, Client client) {
    for (Client other : List.copyOf(state.clients.keySet())) {
      if (!other.equals(client)) {
        tell(role, state, other);
      }
    }
  }

  private void tell(String role, RoleState state, Client client) {
    Member member = state.clients.get(client);
    MasterArbitrationUpdate.Builder update =
        MasterArbitrationUpdate.newBuilder().setDeviceId(deviceId).setStatus(status(state, client));
    if (member != null && member.namedRole) {
      update.setRole(Role.newBuilder().setName(role));
    }
    if (state.highest != null) {
      update.setElectionId(state.highest.toProto());
    }
    client.notify(update.build());
  }

  private static com.google.rpc.Status status(RoleState state, Client client) {
    Code code =
        client.equals(state.primary)
            ? Code.OK
            : state.primary == null ? Code.NOT_FOUND : Code.ALREADY_EXISTS;
    String message =
        switch (code) {
          case OK -> "you are primary";
          case NOT_FOUND -> "you are backup, there is no primary";
          default -> "you are backup, another client is primary";
        };
    return com.google.rpc.Status.newBuilder().setCode(code.getNumber()).setMessage(message).build();
  }
}
