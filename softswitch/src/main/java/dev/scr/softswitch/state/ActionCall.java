package dev.scr.softswitch.state;

import dev.scr.softswitch.packet.ActionData;

/**
 * An action to run with its arguments.
 *
 * @param action number of the action in the program
 * @param data its arguments
 */
public record ActionCall(int action, ActionData data) {}
