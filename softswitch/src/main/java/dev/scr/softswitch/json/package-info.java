/** What a BMv2 JSON file says, as records, before any name in it is looked up. */
@NullMarked
package dev.scr.softswitch.json;

import org.jspecify.annotations.NullMarked;
