package dev.scr.ebpf.object;

/**
 * A global variable of the object.
 *
 * @param map index of the map that holds its section
 * @param offset in the section, in bytes
 * @param size in bytes
 */
public record GlobalVariable(String name, int map, int offset, int size) {}
