package dev.scr.softswitch.program;

import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.PipelineJson;
import dev.scr.softswitch.json.UnsupportedPipeline;
import dev.scr.softswitch.packet.ActionData;
import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.state.ActionCall;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The actions of a program by their id in the file and by their number, which is their order. */
final class ProgramActions {

  private static final int WIDEST_PARAMETER = 1 << 16;

  private final List<ActionNode> nodes = new ArrayList<>();
  private final Map<Integer, Integer> numberById = new HashMap<>();

  ProgramActions(PipelineJson json, PrimitiveResolver.Scope scope) {
    for (int i = 0; i < json.actions().size(); i++) {
      PipelineJson.Action action = json.actions().get(i);
      String where = json.file() + ": actions[" + i + "] \"" + action.name() + "\"";
      if (numberById.putIfAbsent(action.id(), i) != null) {
        throw new MalformedPipeline(where, "two actions with id " + action.id());
      }
      nodes.add(node(where, action, scope));
    }
  }

  private static ActionNode node(
      String where, PipelineJson.Action action, PrimitiveResolver.Scope scope) {
    List<ActionNode.Parameter> parameters = new ArrayList<>();
    for (PipelineJson.Parameter parameter : action.parameters()) {
      if (parameter.bits() < 1 || parameter.bits() > WIDEST_PARAMETER) {
        throw new UnsupportedPipeline(
            where,
            "parameter \""
                + parameter.name()
                + "\": expected a bitwidth from 1 to "
                + WIDEST_PARAMETER
                + ", found "
                + parameter.bits());
      }
      parameters.add(new ActionNode.Parameter(parameter.name(), parameter.bits()));
    }
    PrimitiveResolver resolver = new PrimitiveResolver(scope, parameters);
    List<Primitive> steps = new ArrayList<>();
    int count = action.body().size();
    for (int i = 0; i < count; i++) {
      steps.add(resolver.resolve(where + ": primitive " + i, action.body().get(i), count));
    }
    return new ActionNode(action.name(), parameters, steps);
  }

  int size() {
    return nodes.size();
  }

  List<ActionNode> all() {
    return nodes;
  }

  ActionNode node(int number) {
    return nodes.get(number);
  }

  int number(String where, int id) {
    Integer number = numberById.get(id);
    if (number == null) {
      throw new MalformedPipeline(where, "no action with id " + id);
    }
    return number;
  }

  /** A call that the file gives; values are cut to the parameters' widths, as BMv2 does. */
  ActionCall call(String where, int id, List<BigInteger> data) {
    int number = number(where, id);
    List<ActionNode.Parameter> parameters = nodes.get(number).parameters();
    if (parameters.size() != data.size()) {
      throw new MalformedPipeline(
          where,
          "action \""
              + nodes.get(number).name()
              + "\" expects "
              + parameters.size()
              + " arguments, found "
              + data.size());
    }
    List<BigInteger> values = new ArrayList<>();
    for (int i = 0; i < data.size(); i++) {
      values.add(Bits.lowBits(data.get(i), parameters.get(i).bits()));
    }
    return new ActionCall(number, new ActionData(values));
  }
}
