/** Workers: each a thread with a queue and a private replica of all state. */
@NullMarked
package dev.scr.hosts.worker;

import org.jspecify.annotations.NullMarked;
