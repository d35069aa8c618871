/**
 * Expressions as resolved nodes: every name is an index by now, every node knows the range of its
 * values, and can be asked for its value for a packet. Nodes are immutable records; an engine may
 * run them by calling them, or read them to generate code.
 */
@NullMarked
package dev.scr.softswitch.expression;

import org.jspecify.annotations.NullMarked;
