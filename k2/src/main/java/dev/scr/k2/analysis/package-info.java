/**
 * What is known before every line, and what is still needed after it. Values are named by terms, so
 * that equal terms are equal values; bounds say what numbers a term can be.
 */
@NullMarked
package dev.scr.k2.analysis;

import org.jspecify.annotations.NullMarked;
