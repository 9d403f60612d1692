package dev.frl.messaging.message;

import dev.frl.core.run.CheckpointRef;
import dev.frl.core.run.RunPlan;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A run for the next free trainer.
 *
 * @param plan the run
 * @param attempt from 1
 * @param warmStart weights to begin from; null for those that the settings name, or fresh ones
 * @param trainedEpoch last epoch that the controller knows, −1 for none: what is on disk beyond the next one is from a life of the
 *     run that the controller has lost; null in messages of former versions
 * @param acceptedAt when the controller accepted the run's spec
 */
public record RunAssigned(
        RunPlan plan,
        int attempt,
        @Nullable CheckpointRef warmStart,
        @Nullable Integer trainedEpoch,
        Instant acceptedAt) {}
