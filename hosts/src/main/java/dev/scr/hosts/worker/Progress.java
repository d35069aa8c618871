package dev.scr.hosts.worker;

/**
 * Where a replica stands; {@code struct progress} in {@code variants.bpf.h}.
 *
 * @param applied number of the newest packet in the state
 * @param epoch of the newest frame
 * @param handled packets of its own
 * @param fastForwarded history slots applied
 * @param missed packets that no frame carried to this replica
 * @param late frames whose packet was in the state already
 * @param restarted frames of a restarted sequencer
 * @param refused frames that are not history of the program
 */
public record Progress(
    int applied,
    int epoch,
    long handled,
    long fastForwarded,
    long missed,
    long late,
    long restarted,
    long refused) {}
