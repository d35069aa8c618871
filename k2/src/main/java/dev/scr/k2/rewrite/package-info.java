/**
 * Directed rewrites over the whole control flow. A {@link dev.scr.k2.rewrite.Rewrite} changes a
 * draft so that it means the same; {@link dev.scr.k2.rewrite.Rewriter} tries them in order of their
 * price and keeps what makes the program cheaper.
 */
@NullMarked
package dev.scr.k2.rewrite;

import org.jspecify.annotations.NullMarked;
