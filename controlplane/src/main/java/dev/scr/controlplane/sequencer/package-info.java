/**
 * A sequencer on a switch, as a controller sees it: which pipeline, how deep, how many workers, and
 * where they are.
 *
 * <p>{@link dev.scr.controlplane.sequencer.SequencerTables} knows the tables and counters of the P4
 * program; {@link dev.scr.controlplane.sequencer.RemoteSequencer} reads and writes them, one
 * request at a time; {@link dev.scr.controlplane.sequencer.SequencerController} knows in which
 * order. {@link dev.scr.controlplane.sequencer.Plan} is the way from the {@link
 * dev.scr.controlplane.sequencer.PresentState} of a switch to a {@link
 * dev.scr.controlplane.sequencer.DesiredState}.
 */
@NullMarked
package dev.scr.controlplane.sequencer;

import org.jspecify.annotations.NullMarked;
