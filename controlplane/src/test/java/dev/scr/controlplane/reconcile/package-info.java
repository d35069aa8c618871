@NullMarked
package dev.scr.controlplane.reconcile;

import org.jspecify.annotations.NullMarked;
