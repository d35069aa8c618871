/** The compiled sequencer programs: p4c's output for each packet program, carried in the jar. */
@NullMarked
package dev.scr.pipeline;

import org.jspecify.annotations.NullMarked;
