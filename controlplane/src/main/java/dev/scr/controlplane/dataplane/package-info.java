/**
 * The ports of a switch over gRPC: BMv2's {@code DataplaneInterface}, for harnesses without
 * devices.
 */
@NullMarked
package dev.scr.controlplane.dataplane;

import org.jspecify.annotations.NullMarked;
