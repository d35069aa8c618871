/**
 * A program as resolved nodes that can process a packet: parser, controls with tables and actions,
 * deparser. {@link dev.scr.softswitch.program.PacketProgram} is the seam behind which an engine
 * other than this interpreter can stand.
 */
@NullMarked
package dev.scr.softswitch.program;

import org.jspecify.annotations.NullMarked;
