package dev.scr.softswitch.server;

import com.google.rpc.Code;
import dev.scr.p4runtime.CanonicalBytes;
import dev.scr.softswitch.naming.PipelineNames;
import dev.scr.softswitch.naming.PipelineNames.ActionName;
import dev.scr.softswitch.naming.PipelineNames.ParamName;
import dev.scr.softswitch.naming.PipelineNames.TableAction;
import dev.scr.softswitch.naming.PipelineNames.TableName;
import dev.scr.softswitch.packet.ActionData;
import dev.scr.softswitch.state.ActionCall;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.p4.v1.Action;

/** Actions with arguments between the protocol and the tables. */
final class ActionCodec {

  private final PipelineNames names;

  ActionCodec(PipelineNames names) {
    this.names = names;
  }

  /** An action that an entry (or the default entry) of a table may run. */
  ActionCall decode(TableName table, Action sent, boolean asDefault) {
    TableAction allowed = table.actions().get(sent.getActionId());
    if (allowed == null) {
      throw Rejected.invalid(
          "table "
              + table.name()
              + " has no action with id "
              + Integer.toUnsignedString(sent.getActionId()));
    }
    if (asDefault ? !allowed.asDefault() : !allowed.inEntries()) {
      throw new Rejected(
          Code.PERMISSION_DENIED,
          "table "
              + table.name()
              + ": action "
              + Integer.toUnsignedString(sent.getActionId())
              + " is not for "
              + (asDefault ? "the default entry" : "entries"));
    }
    ActionName action = names.actions().get(sent.getActionId());
    if (action == null) {
      throw Rejected.notFound("action", sent.getActionId());
    }
    return new ActionCall(allowed.number(), new ActionData(arguments(action, sent)));
  }

  private static List<BigInteger> arguments(ActionName action, Action sent) {
    Map<Integer, Action.Param> byId = new HashMap<>();
    for (Action.Param param : sent.getParamsList()) {
      if (byId.put(param.getParamId(), param) != null) {
        throw Rejected.invalid(
            "action " + action.name() + ": parameter " + param.getParamId() + " twice");
      }
    }
    List<BigInteger> values = new ArrayList<>();
    for (ParamName param : action.params()) {
      String what = action.name() + "." + param.name();
      Action.Param given = byId.remove(param.id());
      if (given == null) {
        throw Rejected.invalid(what + ": expected a value, found none");
      }
      values.add(CanonicalBytes.decode(given.getValue(), param.bits(), what));
    }
    if (!byId.isEmpty()) {
      throw Rejected.invalid(
          "action "
              + action.name()
              + " has no parameter with id "
              + byId.keySet().iterator().next());
    }
    return values;
  }

  /** An action of a table to the protocol. */
  Action encode(TableName table, ActionCall call) {
    Action.Builder encoded = Action.newBuilder();
    for (Map.Entry<Integer, TableAction> candidate : table.actions().entrySet()) {
      ActionName action = names.actions().get(candidate.getKey());
      if (candidate.getValue().number() == call.action() && action != null) {
        encoded.setActionId(action.id());
        for (int i = 0; i < action.params().size(); i++) {
          ParamName param = action.params().get(i);
          encoded.addParams(
              Action.Param.newBuilder()
                  .setParamId(param.id())
                  .setValue(
                      CanonicalBytes.encode(call.data().exact(i), param.bits(), param.name())));
        }
        break;
      }
    }
    return encoded.build();
  }
}
