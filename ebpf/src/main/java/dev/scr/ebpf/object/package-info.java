/**
 * What an object file says: ELF sections, BTF types, map definitions, and programs linked with
 * their sub-programs. A spec is a function of the file alone; nothing here depends on a kernel or
 * on a running machine.
 */
@NullMarked
package dev.scr.ebpf.object;

import org.jspecify.annotations.NullMarked;
