package dev.scr.softswitch.program;

import dev.scr.softswitch.packet.Packet;

/** Runs a program by calling its nodes. */
record InterpretedProgram(
    ParserNode parser, ControlFlow ingressFlow, ControlFlow egressFlow, DeparserNode deparser)
    implements PacketProgram {

  @Override
  public void parse(Packet packet) {
    parser.run(packet);
  }

  @Override
  public void ingress(Packet packet) {
    ingressFlow.run(packet);
  }

  @Override
  public void egress(Packet packet) {
    egressFlow.run(packet);
  }

  @Override
  public boolean deparse(Packet packet, FrameBuffer out) {
    return deparser.run(packet, out);
  }
}
