@NullMarked
package dev.scr.linux;

import org.jspecify.annotations.NullMarked;
