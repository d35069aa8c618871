/** Switches with their ports, started and driven by the commands that need one. */
@NullMarked
package dev.scr.cli.harness;

import org.jspecify.annotations.NullMarked;
