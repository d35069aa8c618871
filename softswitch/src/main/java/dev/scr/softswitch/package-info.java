/**
 * The embedded switch: p4c's BMv2 JSON on the JVM, served by P4Runtime. {@link
 * dev.scr.softswitch.EmbeddedSwitch} is a switch in this process, {@link
 * dev.scr.softswitch.SwitchPipeline} what it runs.
 *
 * <p>The packages, in the order in which a program becomes a switch:
 *
 * <ul>
 *   <li>{@code json}: what a file says, as records
 *   <li>{@code packet}: a packet under way, its headers and bytes
 *   <li>{@code state}: what stays between packets: tables, registers, counters, groups
 *   <li>{@code expression}, {@code program}: the program as resolved nodes, which run; {@link
 *       dev.scr.softswitch.program.PacketProgram} is the seam for an engine other than these nodes
 *   <li>{@code v1model}: the target's rules around the program
 *   <li>{@code naming}: P4Info ids to the program's objects
 *   <li>this package: one lock around it all
 *   <li>{@code server}: P4Runtime and BMv2's data-plane service by gRPC
 *   <li>{@code ports}: network interfaces
 *   <li>{@code stf}: p4c's packet tests
 * </ul>
 *
 * <p>It gives the same packets as BMv2's simple_switch. Where that leaves something to chance, this
 * switch decides: fields start at 0 in each packet, an index out of range skips the access and is
 * counted, a failed assertion drops the packet, and time comes from the caller.
 *
 * <p>Refused when a program is loaded, with name and place: externs of other targets, the P4_14
 * "length_exp", meters that have not two rates, the hash algorithms toeplitz and round_robin, PSA
 * and PNA.
 */
@NullMarked
package dev.scr.softswitch;

import org.jspecify.annotations.NullMarked;
