/** Whole runs over a trace, and the comparison with the sequential program. */
@NullMarked
package dev.scr.hosts.run;

import org.jspecify.annotations.NullMarked;
