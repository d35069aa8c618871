/** The scr command. */
@NullMarked
package dev.scr.cli;

import org.jspecify.annotations.NullMarked;
