/** The P4Runtime protocol: names to ids, canonical values, per-update errors. */
@NullMarked
package dev.scr.p4runtime;

import org.jspecify.annotations.NullMarked;
