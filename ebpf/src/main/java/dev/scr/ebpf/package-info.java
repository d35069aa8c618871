/** The eBPF machine as data. */
@NullMarked
package dev.scr.ebpf;

import org.jspecify.annotations.NullMarked;
