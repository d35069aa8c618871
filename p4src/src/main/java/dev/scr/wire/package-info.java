/** The frame that a sequencer sends to a worker, byte for byte (docs/wire-format.md). */
@NullMarked
package dev.scr.wire;

import org.jspecify.annotations.NullMarked;
