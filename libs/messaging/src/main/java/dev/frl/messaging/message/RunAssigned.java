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
 * @param acceptedAt when the controller accepted the run's spec
 */
public record RunAssigned(
        RunPlan plan, int attempt, @Nullable CheckpointRef warmStart, Instant acceptedAt) {}
