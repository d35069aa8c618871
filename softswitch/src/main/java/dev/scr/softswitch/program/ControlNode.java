package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Cond;
import dev.scr.softswitch.packet.ActionData;
import dev.scr.softswitch.packet.Packet;

/** A step of a control: apply a table, test a condition, call an action. */
sealed interface ControlNode permits ControlNode.Condition, ControlNode.Call, TableNode {

  /** Says that the control ends. */
  int END = -1;

  /** Does the step and gives the number of the next one, or {@link #END}. */
  int run(Packet packet);

  /** Goes one of two ways. */
  record Condition(Cond condition, int whenTrue, int whenFalse) implements ControlNode {
    @Override
    public int run(Packet packet) {
      return condition.test(packet) ? whenTrue : whenFalse;
    }
  }

  /** Calls an action without parameters. */
  record Call(ActionNode action, int next) implements ControlNode {
    @Override
    public int run(Packet packet) {
      packet.arguments = ActionData.NONE;
      action.run(packet);
      return next;
    }
  }
}
