/** The ids of a P4Info and the objects of a loaded program that they stand for. */
@NullMarked
package dev.scr.softswitch.naming;

import org.jspecify.annotations.NullMarked;
