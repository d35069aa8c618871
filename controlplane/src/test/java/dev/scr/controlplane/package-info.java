@NullMarked
package dev.scr.controlplane;

import org.jspecify.annotations.NullMarked;
