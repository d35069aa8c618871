/** STF, the packet tests of p4c: the language, and a runner for the embedded switch. */
@NullMarked
package dev.scr.softswitch.stf;

import org.jspecify.annotations.NullMarked;
