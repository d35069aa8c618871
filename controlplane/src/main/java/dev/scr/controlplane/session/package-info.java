/**
 * One P4Runtime client on one switch, whatever program the switch runs.
 *
 * <p>In the order in which data flows: {@link dev.scr.controlplane.session.SessionOptions} (where
 * and as whom), {@link dev.scr.controlplane.session.Primacy} (who may write), {@link
 * dev.scr.controlplane.session.P4RuntimeSession} (the calls), {@link
 * dev.scr.controlplane.session.SwitchFailure} (why one did not work).
 */
@NullMarked
package dev.scr.controlplane.session;

import org.jspecify.annotations.NullMarked;
