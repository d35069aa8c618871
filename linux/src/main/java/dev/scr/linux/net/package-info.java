/** Network namespaces and interfaces, always from the calling thread's namespace. */
@NullMarked
package dev.scr.linux.net;

import org.jspecify.annotations.NullMarked;
