/** Measurements that compare engines on the packet programs. */
@NullMarked
package dev.scr.hosts.bench;

import org.jspecify.annotations.NullMarked;
