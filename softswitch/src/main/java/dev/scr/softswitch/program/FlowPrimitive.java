package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.Cond;
import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.Packet;
import java.util.List;

/** Steps that decide what comes next, or talk to the person who watches. */
public sealed interface FlowPrimitive extends Primitive {

  /** Goes on with another step of the action. */
  record Jump(int step) implements FlowPrimitive {
    @Override
    public int run(Packet packet) {
      return step;
    }
  }

  /** Goes on with another step of the action if a number is 0. */
  record JumpIfZero(Cond nonZero, int step) implements FlowPrimitive {
    @Override
    public int run(Packet packet) {
      return nonZero.test(packet) ? NEXT : step;
    }
  }

  /** Ends the control once the action has ended. */
  record Exit() implements FlowPrimitive {
    @Override
    public int run(Packet packet) {
      packet.exit = true;
      return NEXT;
    }
  }

  /** Nothing. */
  record NoOperation() implements FlowPrimitive {
    @Override
    public int run(Packet packet) {
      return NEXT;
    }
  }

  /** Drops the packet at once if a condition does not hold, where BMv2 would stop the switch. */
  record Assertion(String kind, Cond condition, String source) implements FlowPrimitive {

    private static final System.Logger LOGGER = System.getLogger("dev.scr.softswitch.p4");

    @Override
    public int run(Packet packet) {
      if (!condition.test(packet)) {
        packet.aborted = true;
        packet.exit = true;
        packet.count(Event.ASSERTION_FAILED);
        LOGGER.log(System.Logger.Level.ERROR, "{0} failed: {1}", kind, source);
      }
      return NEXT;
    }
  }

  /** Logs a text; each {@code {}} stands for the next value. */
  record LogMessage(String format, List<Arith> values) implements FlowPrimitive {

    private static final System.Logger LOGGER = System.getLogger("dev.scr.softswitch.p4");

    @Override
    public int run(Packet packet) {
      if (LOGGER.isLoggable(System.Logger.Level.INFO)) {
        LOGGER.log(System.Logger.Level.INFO, () -> text(packet));
      }
      return NEXT;
    }

    String text(Packet packet) {
      StringBuilder text = new StringBuilder(format);
      int from = 0;
      for (Arith value : values) {
        int at = text.indexOf("{}", from);
        if (at < 0) {
          break;
        }
        String shown = value.exact(packet).toString();
        text.replace(at, at + 2, shown);
        from = at + shown.length();
      }
      return text.toString();
    }
  }
}
