/** Ways to spread a program over cores: what each promises, and the parts that they are made of. */
@NullMarked
package dev.scr.hosts.strategy;

import org.jspecify.annotations.NullMarked;
