/**
 * The P4Runtime server: sessions and arbitration, pipeline configuration, writes and reads, packets
 * and notifications. Also BMv2's data-plane service, through which packets can be sent by gRPC.
 *
 * <p>Locks are taken in one order: a device's control lock, then the switch's lock, then a stream.
 */
@NullMarked
package dev.scr.softswitch.server;

import org.jspecify.annotations.NullMarked;
