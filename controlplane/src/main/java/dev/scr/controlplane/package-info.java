/** Desired configuration to switch, over P4Runtime. */
@NullMarked
package dev.scr.controlplane;

import org.jspecify.annotations.NullMarked;
