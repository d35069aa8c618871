/**
 * The whole thing in a Mininet network ({@code bmv2-tests/mininet}): switch, controller and
 * workers' ends of the wires.
 */
@NullMarked
package dev.scr.endtoend;

import org.jspecify.annotations.NullMarked;
