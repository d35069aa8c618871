package dev.scr.softswitch.program;

import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.Packet;
import java.util.List;

/** An action: its steps, with jumps between them. */
public final class ActionNode {

  /** A parameter that a table entry gives. */
  public record Parameter(String name, int bits) {}

  // A program's loop ends by itself; this ends those that would not.
  private static final int MOST_BACKWARD_JUMPS = 1 << 16;

  private final String name;
  private final List<Parameter> parameters;
  private final Primitive[] steps;

  /** An action with those steps. */
  public ActionNode(String name, List<Parameter> parameters, List<Primitive> steps) {
    this.name = name;
    this.parameters = List.copyOf(parameters);
    this.steps = steps.toArray(Primitive[]::new);
  }

  /** The P4 name. */
  public String name() {
    return name;
  }

  /** What a table entry must give. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** The steps, for an engine that compiles them. */
  public List<Primitive> steps() {
    return List.of(steps);
  }

  /** Runs the action; its arguments are in {@link Packet#arguments}. */
  public void run(Packet packet) {
    int budget = MOST_BACKWARD_JUMPS;
    int step = 0;
    while (step < steps.length) {
      int target = steps[step].run(packet);
      if (target == Primitive.NEXT) {
        step++;
      } else if (target > step || --budget > 0) {
        step = target;
      } else {
        packet.count(Event.RUNAWAY);
        return;
      }
    }
  }
}
