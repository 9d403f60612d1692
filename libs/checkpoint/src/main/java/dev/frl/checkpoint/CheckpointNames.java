package dev.frl.checkpoint;

import dev.frl.checkpoint.CheckpointException.Reason;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Names of runs and epochs in a folder or a key. */
final class CheckpointNames {
    private static final int LONGEST = 200;
    private static final Pattern RUN_ID = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0," + (LONGEST - 1) + "}");
    private static final Pattern EPOCH = Pattern.compile("epoch-([0-9]{4,9})");

    /** A location of a run, and an epoch of it. */
    private static final Pattern IN_RUN = Pattern.compile("(.+/[^/]+)/epoch-([0-9]{4,9})(/[^/]*)?");

    private CheckpointNames() {}

    /** @throws CheckpointException REFUSED if the run id is invalid */
    static String run(String runId) {
        if (!RUN_ID.matcher(runId).matches()) {
            throw new CheckpointException(
                    Reason.REFUSED,
                    String.format(
                            Locale.ROOT,
                            "run id %s is refused: expected 1 to 200 letters, digits, dots, underscores and hyphens, not starting with a dot",
                            runId.length() <= 2 * LONGEST ? runId : runId.substring(0, LONGEST) + "…"));
        }
        return runId;
    }

    /** @throws CheckpointException REFUSED if the epoch is negative */
    static String epoch(int epoch) {
        if (epoch < 0) {
            throw new CheckpointException(Reason.REFUSED, String.format(Locale.ROOT, "epoch %d is negative", epoch));
        }
        return String.format(Locale.ROOT, "epoch-%04d", epoch); // digits of the user's language would be another folder
    }

    /** The epoch with this name; empty if it is none. */
    static OptionalInt epochOf(String name) {
        var matcher = EPOCH.matcher(name);
        return matcher.matches() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }

    /**
     * The failure to find something in a checkpoint, in words that fit: where a run has checkpoints of later epochs, this one was deleted.
     *
     * @param missing as it was found out
     * @param location what was asked for: an epoch of a run, or a file in it
     * @param epochsOf epochs of the run at this location, in order
     */
    static CheckpointException whyMissing(
            CheckpointException missing, URI location, Function<URI, List<Integer>> epochsOf) {
        var matcher = IN_RUN.matcher(location.toString());
        if (missing.reason() != Reason.MISSING || !matcher.matches()) {
            return missing;
        }
        int epoch = Integer.parseInt(matcher.group(2));
        List<Integer> epochs;
        try {
            epochs = epochsOf.apply(URI.create(matcher.group(1)));
        } catch (CheckpointException e) {
            missing.addSuppressed(e);
            return missing;
        }
        var next = epochs.stream().filter(other -> other > epoch).findFirst();
        return epochs.contains(epoch) || next.isEmpty()
                ? missing // damaged, not written yet, or on a volume that is not here
                : new CheckpointException(
                        Reason.DELETED,
                        String.format(
                                Locale.ROOT,
                                "checkpoint %s was deleted, by checkpoints.keep of its run's spec or by a user: there are later ones, the next is of epoch %d. Name one that is there, or keep more and train again",
                                location,
                                next.get()),
                        missing);
    }

    /** Refuses what is no checksum. @throws CheckpointException REFUSED */
    static void requireSha256(String sha256) {
        if (!Sha256.isOne(sha256)) {
            throw new CheckpointException(
                    Reason.REFUSED,
                    String.format(Locale.ROOT, "%s is not a SHA-256 of 64 lower-case hex digits", sha256));
        }
    }
}
