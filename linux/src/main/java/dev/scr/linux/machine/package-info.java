/** The machine under the process: processors, processor time, privileges. */
@NullMarked
package dev.scr.linux.machine;

import org.jspecify.annotations.NullMarked;
