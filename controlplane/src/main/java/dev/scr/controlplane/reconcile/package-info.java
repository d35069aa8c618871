/**
 * Keeping switches what they are to be, for as long as it takes: through restarts of the switch,
 * changes of what is wanted, and other controllers.
 */
@NullMarked
package dev.scr.controlplane.reconcile;

import org.jspecify.annotations.NullMarked;
