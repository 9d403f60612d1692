package dev.frl.core.command;

import org.jspecify.annotations.Nullable;

/**
 * An order of a user.
 *
 * @param id position of its message, such as {@code frl.commands-2@17}; the answer names it
 * @param target run id, experiment id, or name of an experiment, which is then its newest one
 * @param which runs that a retry is about; of an experiment only
 * @param reason why, in the user's words; null if none was given
 */
public record Command(
        String id,
        Verb verb,
        String target,
        Which which,
        @Nullable String reason) {
    /** Runs that a retry is about. */
    public enum Which {
        FAILED,
        STOPPED
    }

    public Answer done(String text, java.util.List<String> changed) {
        return new Answer(id, verb, target, true, text, changed);
    }

    public Answer refused(String text) {
        return new Answer(id, verb, target, false, text, java.util.List.of());
    }
}
