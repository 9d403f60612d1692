package dev.frl.core.run;

import dev.frl.core.errors.Tally;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message to a run. It may come late, twice, or from a worker that was replaced. */
public sealed interface RunInput {

    /** The run is part of an admitted experiment. */
    record Plan(RunPlan plan) implements RunInput {}

    /** These runs start from the weights of this warm-start run. */
    record Await(List<String> dependents) implements RunInput {
        public Await {
            dependents = List.copyOf(dependents);
        }
    }

    /** The warm-start run that this run waits for has finished. */
    record WarmStartReady(CheckpointRef weights) implements RunInput {}

    /** The warm-start run that this run waits for has failed. */
    record WarmStartFailed(String reason) implements RunInput {}

    /** A trainer announces an epoch. A trainer that resumes the run announces its last epoch again. */
    record Trained(RunEvent.EpochTrained epoch) implements RunInput {}

    /**
     * An attacker announces a shard.
     *
     * @param weightsSha256 SHA-256 of the weights that it attacked
     */
    record ShardAttacked(
            Part part, int epoch, int shard, String weightsSha256, Tally tally, Duration duration, String host)
            implements RunInput {}

    /**
     * A worker reports that its work failed.
     *
     * @param part part of the failed shard; null if training failed
     * @param shard number of the failed shard; −1 if training failed
     * @param attempt attempt number of the request
     * @param retryable whether a retry may succeed, on this worker or another
     */
    record WorkFailed(
            @Nullable Part part, int epoch, int shard, int attempt, String reason, boolean retryable, String host)
            implements RunInput {}

    /**
     * The run cannot continue, for a reason outside its rules.
     *
     * @param reason for the user
     */
    record GiveUp(String reason) implements RunInput {}

    /**
     * Time passes; deadlines are checked.
     *
     * @param upSince time since which the controller has been running; earlier waiting does not count
     */
    record Tick(Instant upSince) implements RunInput {}
}
