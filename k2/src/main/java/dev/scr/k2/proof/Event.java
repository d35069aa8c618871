package dev.scr.k2.proof;

import java.util.List;

/**
 * Something that others can see, in the order of the program: two equal programs have the same
 * events.
 *
 * @param what its kind, which must be the same
 * @param values what must be equal
 * @param spaces memory that must be equal at this moment
 * @param memory the memory at this moment
 */
record Event(String what, List<Term> values, List<String> spaces, Memory memory, Facts facts) {}
