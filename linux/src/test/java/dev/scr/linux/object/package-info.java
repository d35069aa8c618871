@NullMarked
package dev.scr.linux.object;

import org.jspecify.annotations.NullMarked;
