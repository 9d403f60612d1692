package dev.frl.cli.order;

import dev.frl.cli.context.CliException;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.option.OutputOption;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of every order. */
public final class OrderOptions {
    /** As the controller accepts it. */
    private static final int LONGEST_REASON = 500;

    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            description = "Why, in your words; the status of the runs shows it.")
    @Nullable
    String reason;

    @Mixin
    BrokerOption broker = new BrokerOption();

    @Mixin
    OutputOption output = new OutputOption();

    /** @throws CliException usage, if the controller would not accept it */
    @Nullable
    String reason() {
        if (reason != null
                && (reason.isBlank()
                        || reason.length() > LONGEST_REASON
                        || reason.chars().anyMatch(Character::isISOControl))) {
            throw CliException.usage(
                    String.format(Locale.ROOT, "--reason must be one line of 1 to %d characters", LONGEST_REASON));
        }
        return reason;
    }
}
