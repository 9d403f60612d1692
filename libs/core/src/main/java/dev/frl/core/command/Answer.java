package dev.frl.core.command;

import dev.frl.core.HumanText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answer to a command.
 *
 * @param commandId position of the command
 * @param verb null if the command could not be read
 * @param target target of the command
 * @param done false if the command was refused
 * @param text what happens now, or why it was refused; one sentence
 * @param changed ids of the runs that were told; empty if nothing changed. At most {@link #MAX_CHANGED} are named
 */
public record Answer(
        String commandId, @Nullable Verb verb, String target, boolean done, String text, List<String> changed) {
    public static final int MAX_CHANGED = 1000;

    /** Longest text: a rejected spec may have 200 problems. */
    private static final int MAX_TEXT = 100_000;

    public Answer {
        text = HumanText.cut(text, MAX_TEXT);
        changed = changed.stream().limit(MAX_CHANGED).toList();
    }
}
