package dev.scr.softswitch.state;

/**
 * A copy that the replication engine makes.
 *
 * @param port where it goes out
 * @param instance its replica id, for the program ({@code egress_rid})
 */
public record Replica(int port, int instance) {}
