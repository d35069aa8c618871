/** Network interfaces as ports of the switch. */
@NullMarked
package dev.scr.softswitch.ports;

import org.jspecify.annotations.NullMarked;
