/**
 * Validation: programs run side by side on random inputs, and the kernel's verifier as the last
 * gate. Nothing here proves anything; whatever is found is a fault.
 */
@NullMarked
package dev.scr.k2.validate;

import org.jspecify.annotations.NullMarked;
