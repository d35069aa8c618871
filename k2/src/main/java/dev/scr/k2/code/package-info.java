/** A program as lines whose jumps know their targets, so that it can be edited in length. */
@NullMarked
package dev.scr.k2.code;

import org.jspecify.annotations.NullMarked;
