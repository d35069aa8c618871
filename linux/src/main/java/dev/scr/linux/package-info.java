/** System calls through java.lang.foreign. */
@NullMarked
package dev.scr.linux;

import org.jspecify.annotations.NullMarked;
