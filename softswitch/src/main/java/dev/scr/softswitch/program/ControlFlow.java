package dev.scr.softswitch.program;

import dev.scr.softswitch.packet.Packet;
import java.util.List;

/** A control as numbered nodes. The loader has checked that they form no cycle. */
final class ControlFlow {

  private final ControlNode[] nodes;
  private final int first;

  ControlFlow(List<ControlNode> nodes, int first) {
    this.nodes = nodes.toArray(ControlNode[]::new);
    this.first = first;
  }

  void run(Packet packet) {
    int node = first;
    while (node != ControlNode.END && !packet.exit) {
      node = nodes[node].run(packet);
    }
  }
}
