/** The v1model target around a program: what happens before, between and after its blocks. */
@NullMarked
package dev.scr.softswitch.v1model;

import org.jspecify.annotations.NullMarked;
