package dev.frl.messaging.mapping;

import dev.frl.core.command.Answer;
import dev.frl.core.command.Verb;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An answer to a command as a JSON object.
 *
 * @param command position of the command, such as {@code frl.commands-2@17}
 * @param outcome {@code done} or {@code refused}
 * @param changed ids of the runs that were told
 */
public record AnswerJson(
        @Nullable String command,
        @Nullable String verb,
        @Nullable String target,
        @Nullable String outcome,
        @Nullable String text,
        @Nullable List<String> changed) {
    private static final String DONE = "done";

    public static AnswerJson of(Answer a) {
        return new AnswerJson(
                a.commandId(),
                a.verb() == null ? null : a.verb().label(),
                a.target(),
                a.done() ? DONE : "refused",
                a.text(),
                a.changed());
    }

    /** @throws IllegalArgumentException if a field is missing */
    public Answer answer() {
        return new Answer(
                required("command", command),
                verb == null ? null : Verb.valueOf(verb.toUpperCase(Locale.ROOT)),
                required("target", target),
                required("outcome", outcome).equals(DONE),
                required("text", text),
                required("changed", changed));
    }

    private static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, "it has no %s", field));
        }
        return value;
    }
}
