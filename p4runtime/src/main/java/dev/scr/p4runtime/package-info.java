/**
 * The P4Runtime protocol, for its clients and servers: what a compiled P4 program offers by name,
 * and how names, numbers and failures look on the wire.
 *
 * <p>In the order in which data flows: {@link dev.scr.p4runtime.P4InfoText} (text to P4Info),
 * {@link dev.scr.p4runtime.P4InfoIndex} (names to ids and back, {@link
 * dev.scr.p4runtime.NameTable}), {@link dev.scr.p4runtime.Bmv2Config} (is this JSON fit to be
 * pushed), {@link dev.scr.p4runtime.PipelineCookie} (is it there already), {@link
 * dev.scr.p4runtime.CanonicalBytes} (numbers), {@link dev.scr.p4runtime.EntryBuilder} and {@link
 * dev.scr.p4runtime.ActionCall} (entries), {@link dev.scr.p4runtime.BatchErrors} (what went wrong,
 * update by update).
 */
@NullMarked
package dev.scr.p4runtime;

import org.jspecify.annotations.NullMarked;
