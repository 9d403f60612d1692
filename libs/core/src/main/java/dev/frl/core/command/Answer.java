package dev.frl.core.command;

import java.util.List;

/**
 * Answer to a command.
 *
 * @param commandId position of the command
 * @param target target of the command
 * @param done false if the command was refused
 * @param text what happens now, or why it was refused; one sentence
 * @param changed ids of the runs that were told; empty if nothing changed. At most {@link #MAX_CHANGED} are named
 */
public record Answer(String commandId, Verb verb, String target, boolean done, String text, List<String> changed) {
    public static final int MAX_CHANGED = 1000;

    public Answer {
        changed = changed.stream().limit(MAX_CHANGED).toList();
    }
}
