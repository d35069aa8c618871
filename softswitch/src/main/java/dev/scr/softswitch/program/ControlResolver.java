package dev.scr.softswitch.program;

import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.PipelineJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A control of the file to numbered nodes. */
final class ControlResolver {

  private final String where;
  private final PipelineJson.Pipeline pipeline;
  private final TableResolver tables;
  private final ExpressionResolver expressions;
  private final ProgramActions actions;
  private final Map<String, Integer> nodeByName = new HashMap<>();
  private final List<int[]> edges = new ArrayList<>();

  ControlResolver(
      String file,
      PipelineJson.Pipeline pipeline,
      TableResolver tables,
      PrimitiveResolver.Scope scope,
      ProgramActions actions) {
    where = file + ": pipelines \"" + pipeline.name() + "\"";
    this.pipeline = pipeline;
    this.tables = tables;
    this.actions = actions;
    expressions = new ExpressionResolver(scope.symbols(), scope.state().registers(), List.of());
  }

  ControlFlow resolve() {
    pipeline.tables().forEach(table -> number(table.name()));
    pipeline.conditionals().forEach(conditional -> number(conditional.name()));
    pipeline.actionCalls().forEach(call -> number(call.name()));
    List<ControlNode> nodes = new ArrayList<>();
    for (PipelineJson.Table table : pipeline.tables()) {
      String at = where + ": table \"" + table.name() + "\"";
      TableNode.Ways ways = ways(at, table);
      nodes.add(tables.node(at, table, ways));
    }
    for (PipelineJson.Conditional conditional : pipeline.conditionals()) {
      String at = where + ": conditional \"" + conditional.name() + "\"";
      int whenTrue = next(at, conditional.onTrue());
      int whenFalse = next(at, conditional.onFalse());
      edges.add(new int[] {whenTrue, whenFalse});
      nodes.add(
          new ControlNode.Condition(
              expressions.condition(at, conditional.expression()), whenTrue, whenFalse));
    }
    for (PipelineJson.ActionCall call : pipeline.actionCalls()) {
      nodes.add(call(where + ": action call \"" + call.name() + "\"", call));
    }
    int first = next(where + ": init_table", pipeline.initNode());
    checkAcyclic(first);
    return new ControlFlow(nodes, first);
  }

  private void number(String name) {
    if (nodeByName.putIfAbsent(name, nodeByName.size()) != null) {
      throw new MalformedPipeline(where, "two nodes \"" + name + "\"");
    }
  }

  private int next(String at, Optional<String> name) {
    if (name.isEmpty()) {
      return ControlNode.END;
    }
    Integer node = nodeByName.get(name.get());
    if (node == null) {
      throw Symbols.dangling(at, "table, conditional or action call", name.get());
    }
    return node;
  }

  private ControlNode call(String at, PipelineJson.ActionCall call) {
    ActionNode action = actions.node(actions.number(at, call.actionId()));
    if (!action.parameters().isEmpty()) {
      throw new MalformedPipeline(
          at, "action \"" + action.name() + "\" expects parameters, so it cannot be called here");
    }
    int next = next(at, call.next());
    edges.add(new int[] {next});
    return new ControlNode.Call(action, next);
  }

  private TableNode.Ways ways(String at, PipelineJson.Table table) {
    Map<String, Optional<String>> next = table.nextNodes();
    boolean hitMiss = next.containsKey("__HIT__") || next.containsKey("__MISS__");
    int withoutAction = next(at, table.baseDefaultNext());
    int onHit = next(at, next.getOrDefault("__HIT__", Optional.empty()));
    int onMiss = next(at, next.getOrDefault("__MISS__", Optional.empty()));
    int[] byAction = new int[actions.size()];
    List<Integer> out = new ArrayList<>(List.of(withoutAction, onHit, onMiss));
    if (!hitMiss) {
      for (int action : tables.actionNumbers(at, table)) {
        String name = actions.node(action).name();
        Optional<String> node = next.get(name);
        if (node == null) {
          throw new MalformedPipeline(at, "next_tables has no action \"" + name + "\"");
        }
        byAction[action] = next(at, node);
        out.add(byAction[action]);
      }
    }
    edges.add(out.stream().mapToInt(Integer::intValue).toArray());
    return new TableNode.Ways(byAction, hitMiss, onHit, onMiss, withoutAction);
  }

  /** A cycle would make a packet run forever; P4 has none. */
  private void checkAcyclic(int first) {
    int[] state = new int[edges.size()];
    List<int[]> path = new ArrayList<>();
    if (first == ControlNode.END) {
      return;
    }
    path.add(new int[] {first, 0});
    state[first] = 1;
    while (!path.isEmpty()) {
      int[] top = path.getLast();
      int[] out = edges.get(top[0]);
      if (top[1] == out.length) {
        state[top[0]] = 2;
        path.removeLast();
        continue;
      }
      int next = out[top[1]++];
      if (next == ControlNode.END || state[next] == 2) {
        continue;
      }
      if (state[next] == 1) {
        throw new MalformedPipeline(where, "the control has a cycle through node " + name(next));
      }
      state[next] = 1;
      path.add(new int[] {next, 0});
    }
  }

  private String name(int node) {
    for (Map.Entry<String, Integer> entry : nodeByName.entrySet()) {
      if (entry.getValue() == node) {
        return "\"" + entry.getKey() + "\"";
      }
    }
    return Integer.toString(node);
  }
}
