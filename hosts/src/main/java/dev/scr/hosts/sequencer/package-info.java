/**
 * The reference sequencer: the executable specification that P4, NIC and XDP sequencers must equal
 * byte for byte ({@code docs/wire-format.md}).
 */
@NullMarked
package dev.scr.hosts.sequencer;

import org.jspecify.annotations.NullMarked;
