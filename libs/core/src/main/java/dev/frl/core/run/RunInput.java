package dev.frl.core.run;

import dev.frl.core.errors.Tally;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What reaches a run from outside. Any of it may come late, twice, or from a worker that should no longer be there. */
public sealed interface RunInput {

    /** The run is part of an admitted experiment. */
    record Plan(RunPlan plan) implements RunInput {}

    /** These runs begin from this one's end. */
    record Await(List<String> dependents) implements RunInput {
        public Await {
            dependents = List.copyOf(dependents);
        }
    }

    /** The warm start that the run waits for has ended well. */
    record WarmStartReady(CheckpointRef weights) implements RunInput {}

    /** The warm start that the run waits for has failed. */
    record WarmStartFailed(String reason) implements RunInput {}

    /** A trainer announces an epoch; it says so again when it takes the run up where another left it. */
    record Trained(RunEvent.EpochTrained epoch) implements RunInput {}

    /**
     * An attacker announces a shard.
     *
     * @param weightsSha256 of the weights that it attacked
     */
    record ShardAttacked(
            Part part, int epoch, int shard, String weightsSha256, Tally tally, Duration duration, String host)
            implements RunInput {}

    /**
     * A worker could not do its work.
     *
     * @param shard −1 if it was the training
     * @param part null if it was the training
     * @param attempt of the request that it answers
     * @param retryable whether another worker, or the same one later, may succeed
     */
    record WorkFailed(
            @Nullable Part part, int epoch, int shard, int attempt, String reason, boolean retryable, String host)
            implements RunInput {}

    /**
     * The run cannot go on, for a reason outside its rules.
     *
     * @param reason for the user
     */
    record GiveUp(String reason) implements RunInput {}

    /**
     * Time passes.
     *
     * @param upSince since when the controller has been there to hear answers; waiting before that does not count
     */
    record Tick(Instant upSince) implements RunInput {}
}
