@NullMarked
package dev.scr.controlplane.sequencer;

import org.jspecify.annotations.NullMarked;
