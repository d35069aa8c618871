/** The stages in order, with budgets, gates, a cache and a report. */
@NullMarked
package dev.scr.k2.optimize;

import org.jspecify.annotations.NullMarked;
