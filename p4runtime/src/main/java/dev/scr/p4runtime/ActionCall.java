package dev.scr.p4runtime;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.p4.v1.Action;
import org.p4.v1.TableEntry;

/**
 * An action with its arguments, by name. Immutable.
 *
 * @param action the action's name
 * @param arguments unsigned numbers by parameter name
 */
public record ActionCall(String action, Map<String, BigInteger> arguments) {

  public ActionCall {
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
  }

  /** An action without arguments; {@link #with} adds them. */
  public static ActionCall of(String action) {
    return new ActionCall(action, Map.of());
  }

  /** The same call with one more argument, whose 64 bits are unsigned. */
  public ActionCall with(String parameter, long value) {
    Map<String, BigInteger> more = new LinkedHashMap<>(arguments);
    more.put(parameter, new BigInteger(Long.toUnsignedString(value)));
    return new ActionCall(action, more);
  }

  /**
   * An argument of at most 63 bits.
   *
   * @throws UnknownName if the call has no such argument
   */
  public long argument(String parameter) {
    BigInteger value = arguments.get(parameter);
    if (value == null) {
      throw new UnknownName(
          "action "
              + action
              + ": expected an argument ("
              + String.join(", ", arguments.keySet())
              + "); found '"
              + parameter
              + "'");
    }
    return value.longValueExact();
  }

  /**
   * The call on the wire.
   *
   * @throws UnknownName for an action or parameter that the table does not have, or an argument
   *     that is missing
   * @throws BadValue (OUT_OF_RANGE) for an argument that is too wide
   */
  public Action encode(P4InfoIndex index, P4Object.Table table) {
    P4Object.Action definition = index.action(table, action);
    Map<P4Object.Param, BigInteger> given = new LinkedHashMap<>();
    arguments.forEach((name, value) -> given.put(definition.params().named(name), value));
    Action.Builder call = Action.newBuilder().setActionId(definition.id().value());
    List<String> missing = new ArrayList<>();
    for (P4Object.Param param : definition.params().all()) {
      BigInteger value = given.get(param);
      if (value == null) {
        missing.add(param.name());
      } else {
        String what = definition.alias() + "." + param.name();
        call.addParams(
            Action.Param.newBuilder()
                .setParamId(param.id().value())
                .setValue(CanonicalBytes.encode(value, param.bitwidth(), what)));
      }
    }
    if (!missing.isEmpty()) {
      throw new UnknownName(
          index.source()
              + ": action "
              + definition.alias()
              + ": expected an argument for each parameter; found none for "
              + missing);
    }
    return call.build();
  }

  /**
   * The call in an entry that a switch has sent.
   *
   * @return none if the entry has no action, or one that this P4Info does not know
   * @throws BadValue if an argument does not fit its parameter
   */
  public static Optional<ActionCall> decode(P4InfoIndex index, TableEntry entry) {
    Action action = entry.getAction().getAction();
    return index
        .actions()
        .find(new P4Id.ActionId(action.getActionId()))
        .map(known -> decode(known, action));
  }

  private static ActionCall decode(P4Object.Action definition, Action action) {
    Map<String, BigInteger> arguments = new LinkedHashMap<>();
    for (Action.Param sent : action.getParamsList()) {
      definition
          .params()
          .find(new P4Id.ParamId(sent.getParamId()))
          .ifPresent(
              param -> arguments.put(param.name(), value(definition, param, sent.getValue())));
    }
    return new ActionCall(definition.alias(), arguments);
  }

  private static BigInteger value(P4Object.Action action, P4Object.Param param, ByteString bytes) {
    return CanonicalBytes.decode(bytes, param.bitwidth(), action.alias() + "." + param.name());
  }

  /** As in {@code to_worker(port=0x2, dst_mac=0x25343520000)}. */
  @Override
  public String toString() {
    return action
        + arguments.entrySet().stream()
            .map(argument -> argument.getKey() + "=0x" + argument.getValue().toString(16))
            .collect(Collectors.joining(", ", "(", ")"));
  }
}
