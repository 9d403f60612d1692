package dev.frl.trainer;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Arguments of a trainer for one run, or for the runs of one experiment.
 *
 * @param experiment name or id of the only experiment whose runs it takes; null for every experiment
 * @param all whether it takes run after run until the experiment has ended
 * @param patience longest time without brokers, topics, or a run while its experiment is not open
 */
record OnceOptions(@Nullable String experiment, boolean all, Duration patience) {
    private static final String USAGE =
            "usage: frl trainer [--once [--experiment=NAME] | --all --experiment=ID] [--wait=DURATION]";
    private static final Duration WAIT = Duration.ofMinutes(10);

    /**
     * Reads the arguments of the process.
     *
     * @return empty for a trainer that takes one run after another
     * @throws IllegalArgumentException if an argument is wrong; the message names it
     */
    static Optional<OnceOptions> parse(String... arguments) {
        boolean once = false;
        boolean all = false;
        String experiment = null;
        Duration wait = null;
        for (int i = 0; i < arguments.length; i++) {
            var argument = arguments[i];
            int equals = argument.indexOf('=');
            var name = equals < 0 ? argument : argument.substring(0, equals);
            if (argument.equals("--once") || argument.equals("--all")) {
                once |= argument.equals("--once");
                all |= argument.equals("--all");
                continue;
            }
            if (!name.equals("--experiment") && !name.equals("--wait")) {
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "unexpected argument: %s; %s", argument, USAGE));
            }
            if (equals < 0 && i + 1 == arguments.length) {
                throw new IllegalArgumentException(String.format(Locale.ROOT, "%s needs a value; %s", name, USAGE));
            }
            var value = equals < 0 ? arguments[++i] : argument.substring(equals + 1);
            if (name.equals("--wait")) {
                wait = duration(value);
            } else {
                experiment = name(value);
            }
        }
        if (once && all) {
            throw new IllegalArgumentException("--once takes one run and --all takes all; give one of them. " + USAGE);
        }
        if (all && experiment == null) {
            throw new IllegalArgumentException(
                    "--all needs --experiment=ID, whose end is the end of the trainer. " + USAGE);
        }
        if (!once && !all && (experiment != null || wait != null)) {
            throw new IllegalArgumentException(
                    "--experiment and --wait are for a trainer of one run; add --once. " + USAGE);
        }
        return once || all
                ? Optional.of(new OnceOptions(experiment, all, wait == null ? WAIT : wait))
                : Optional.empty();
    }

    private static String name(String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException("--experiment is empty; it must be the name or id of an experiment");
        }
        return value;
    }

    private static Duration duration(String value) {
        if (!value.matches("[1-9][0-9]{0,5}[smh]")) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "--wait is %s; it must be a number of seconds, minutes or hours, such as 90s, 10m or 2h",
                    value));
        }
        long number = Long.parseLong(value.substring(0, value.length() - 1));
        return switch (value.charAt(value.length() - 1)) {
            case 's' -> Duration.ofSeconds(number);
            case 'm' -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }
}
