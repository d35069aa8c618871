package dev.scr.hosts.bench;

import dev.scr.pipeline.PacketProgram;

/**
 * What to measure of loss recovery.
 *
 * @param program the packet program
 * @param workers threads, each with a replica
 * @param flows of the Zipf trace
 * @param slices pieces of the trace; each runs under every condition, in turn
 * @param packets of a slice
 * @param loss share of the frames that are lost, 0 to 1
 * @param seed of trace, losses and order
 */
public record RecoveryPlan(
    PacketProgram program,
    int workers,
    int flows,
    int slices,
    int packets,
    double loss,
    long seed) {}
