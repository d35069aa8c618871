@NullMarked
package dev.scr.controlplane.session;

import org.jspecify.annotations.NullMarked;
