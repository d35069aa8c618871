package dev.scr.ebpf.isa;

/**
 * The source of an operation: a register or a 32-bit constant, which is sign-extended to 64 bits.
 */
public sealed interface Operand permits Reg, Imm {}
