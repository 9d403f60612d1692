package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.messaging.client.SkippedRecords;
import java.util.Collection;
import java.util.Locale;

/** Says in one line what could not be read from the topics, and what to do. */
final class LostRecords {
    private static final int NAMED = 3;

    private LostRecords() {}

    static void tell(CliContext context, SkippedRecords skipped) {
        if (!skipped.isEmpty()) {
            context.err().println(capitalised(line(skipped)));
        }
    }

    /** Without a full stop, as the message of an exception. */
    static String line(SkippedRecords skipped) {
        return "skipped " + skipped
                + (skipped.hasOtherBuilds()
                        ? "; to read them use that build, to start anew use another --home, or delete the topics and run `frl topics create`"
                        : "");
    }

    /**
     * @param runs ids of the runs
     * @param events number of their events that are still there
     */
    static void tellPlansAreGone(CliContext context, Collection<String> runs, long events) {
        if (!runs.isEmpty()) {
            context.err()
                    .printf(
                            Locale.ROOT,
                            "Skipped %s of %s, since the beginning of frl.run-log was deleted: %s%s. Its retention should be unlimited.%n",
                            HumanFormat.count(events, "event"),
                            HumanFormat.count(runs.size(), "run"),
                            String.join(", ", runs.stream().limit(NAMED).toList()),
                            runs.size() > NAMED ? ", …" : "");
        }
    }

    private static String capitalised(String line) {
        return Character.toUpperCase(line.charAt(0)) + line.substring(1) + ".";
    }
}
