/** Object files and K2's {@code .insns} with {@code .maps}, to programs and back. */
@NullMarked
package dev.scr.k2.input;

import org.jspecify.annotations.NullMarked;
