/** The embedded switch: p4c's BMv2 JSON on the JVM. */
@NullMarked
package dev.scr.softswitch;

import org.jspecify.annotations.NullMarked;
