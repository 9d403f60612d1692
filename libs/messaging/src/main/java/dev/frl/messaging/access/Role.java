package dev.frl.messaging.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A part of the pipeline that uses the cluster as a user of its own. */
public enum Role {
    CONTROLLER("decides about runs: reads what others say, and writes every decision in transactions"),
    TRAINER("takes runs"),
    ATTACKER("takes shards"),
    RECORDER("reads the logs of runs and experiments"),
    CLI("publishes specs and orders, and reads what becomes of them: `frl submit`, `frl status`, `frl stop` …"),
    ADMIN(
            "creates, checks and resets topics and groups, and publishes dead letters again: `frl topics`, `frl doctor`, `frl dlq`");

    private final String does;

    Role(String does) {
        this.does = does;
    }

    /** What it does, for people. */
    public String does() {
        return does;
    }

    /** Its name in commands and users: {@code trainer}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException if there is no such role; the message lists all */
    public static Role of(String label) {
        return Arrays.stream(values())
                .filter(role -> role.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "there is no role %s; the roles are %s",
                        label,
                        Arrays.stream(values()).map(Role::label).collect(Collectors.joining(", ")))));
    }
}
