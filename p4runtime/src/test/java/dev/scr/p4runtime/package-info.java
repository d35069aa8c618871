@NullMarked
package dev.scr.p4runtime;

import org.jspecify.annotations.NullMarked;
