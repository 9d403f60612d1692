package dev.frl.messaging.message;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.fairness.FairnessUpdate;
import java.time.Instant;

/**
 * All shards of an epoch are in and the controller decided how the next epoch treats each class.
 *
 * @param runId run
 * @param update for the next epoch
 * @param last whether nothing follows: the epoch that was evaluated was the last
 * @param errors that it was computed from, of the epoch before {@code update.forEpoch()}
 * @param bestEpoch so far
 * @param at when it was decided
 */
public record FairnessUpdated(
        String runId, FairnessUpdate update, boolean last, ClassErrors errors, int bestEpoch, Instant at) {}
