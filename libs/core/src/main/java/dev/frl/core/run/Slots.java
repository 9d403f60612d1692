package dev.frl.core.run;

import dev.frl.core.run.RunEvent.Allowed;
import dev.frl.core.run.RunEvent.Awaited;
import dev.frl.core.run.RunEvent.Dropped;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Ordered;
import dev.frl.core.run.RunEvent.Parked;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.Progressed;
import dev.frl.core.run.RunEvent.Reopened;
import dev.frl.core.run.RunEvent.RetryPlanned;
import dev.frl.core.run.RunEvent.ShardCounted;
import dev.frl.core.run.RunEvent.ShardDuplicated;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.Trained;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunEvent.TrainingResumed;
import dev.frl.core.run.RunEvent.TurnWanted;
import dev.frl.core.run.RunEvent.Unawaited;
import dev.frl.core.run.RunEvent.WarmStarted;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Slots of a run's facts in the controller's store: which one an event fills, and which ones it empties. */
public final class Slots {
    /** Slot of the plan. */
    public static final String PLANNED = "planned";
    /** Slot of the end. */
    public static final String ENDED = "ended";

    private static final String TURN_WANTED = "turn-wanted";
    private static final String PARKED = "parked";
    private static final String TRAINING_RETRY = "training-retry";
    private static final String TRAINING_RESUMED = "training-resumed";
    private static final String SHARDS_REQUESTED = "shards-requested";
    private static final String SHARDS_REQUESTED_AGAIN = "shards-requested-again";

    private Slots() {}

    /**
     * Facts of the training that the store holds.
     *
     * @param resumed the training was resumed
     * @param retry the training is to be retried
     * @param wanted the run wants a turn
     * @param parked the run rests
     */
    record Live(boolean resumed, boolean retry, boolean wanted, boolean parked) {}

    /** The slot of an event's fact; null for an event that the store does not keep. */
    static @Nullable String of(RunEvent event) {
        if (event instanceof Planned) {
            return PLANNED;
        } else if (event instanceof Awaited awaited) {
            return awaitedBy(awaited.dependent());
        } else if (event instanceof Allowed) {
            return "allowed";
        } else if (event instanceof Ordered) {
            return "ordered";
        } else if (event instanceof TurnWanted) {
            return TURN_WANTED;
        } else if (event instanceof Parked) {
            return PARKED;
        } else if (event instanceof Reopened) {
            return "reopened";
        } else if (event instanceof WarmStarted) {
            return "warm-started";
        } else if (event instanceof TrainingRequested) {
            return "training-requested";
        } else if (event instanceof TrainingResumed) {
            return TRAINING_RESUMED;
        } else if (event instanceof Trained) {
            return "trained";
        } else if (event instanceof ShardsRequested request) {
            return request.shard() != null
                    ? requestOf(request.shard())
                    : request.attempt() == 1 ? SHARDS_REQUESTED : SHARDS_REQUESTED_AGAIN;
        } else if (event instanceof ShardCounted counted) {
            return shard(counted.shard());
        } else if (event instanceof ShardDuplicated slow) {
            return duplicateOf(slow.shard());
        } else if (event instanceof RetryPlanned retry) {
            return retry.work() instanceof Work.Shard shard ? retryOf(shard.shard()) : TRAINING_RETRY;
        } else if (event instanceof EpochEvaluated) {
            return "evaluated";
        } else if (event instanceof TestEvaluated test) {
            return "tested-" + test.selection().name().toLowerCase(Locale.ROOT);
        } else if (event.isEnd()) {
            return ENDED;
        } else if (event instanceof Unawaited || event instanceof Dropped || event instanceof Progressed) {
            return null;
        }
        throw new IllegalStateException("an event without a slot: " + event);
    }

    /**
     * The slots that an event empties.
     *
     * @param ledger the evaluation in progress before the event; null if there is none
     * @param live which facts of the training the store holds
     * @param storedShards shards that have an entry
     */
    static List<String> supersededBy(RunEvent event, @Nullable Ledger ledger, Live live, BitSet storedShards) {
        var slots = new ArrayList<String>();
        boolean ends = event.isEnd();
        if (ledger != null && (ends || event instanceof EpochEvaluated || event instanceof TestEvaluated)) {
            slots.add(SHARDS_REQUESTED);
            if (ledger.attempt() > 1) {
                slots.add(SHARDS_REQUESTED_AGAIN);
            }
            emptyExceptions(ledger, slots);
        }
        if (ledger != null && event instanceof ShardsRequested request && request.attempt() > 1) {
            if (request.shard() == null) {
                emptyExceptions(ledger, slots);
            } else if (ledger.retryOf(request.shard()) != null) {
                slots.add(retryOf(request.shard()));
            }
        }
        if (ledger != null && event instanceof ShardCounted counted && ledger.retryOf(counted.shard()) != null) {
            slots.add(retryOf(counted.shard()));
        }
        if (ends) {
            // The shards of an evaluation that is over stay until now: the next evaluation writes the same entries.
            storedShards.stream().forEach(shard -> slots.add(shard(shard)));
        }
        if (live.resumed && event instanceof TrainingRequested) {
            slots.add(TRAINING_RESUMED);
        }
        if (live.retry && (ends || event instanceof TrainingRequested || event instanceof Parked)) {
            slots.add(TRAINING_RETRY);
        }
        if (live.wanted && (ends || event instanceof TrainingRequested || event instanceof Parked)) {
            slots.add(TURN_WANTED);
        }
        if (live.parked && (ends || event instanceof TurnWanted)) {
            slots.add(PARKED);
        }
        if (event instanceof Reopened) {
            slots.add(ENDED);
        }
        if (event instanceof Unawaited unawaited) {
            slots.add(awaitedBy(unawaited.dependent()));
        }
        return slots;
    }

    private static void emptyExceptions(Ledger ledger, List<String> slots) {
        ledger.exceptions().stream().forEach(shard -> {
            slots.add(requestOf(shard));
            slots.add(retryOf(shard));
            slots.add(duplicateOf(shard));
        });
    }

    private static String awaitedBy(String dependent) {
        return "awaited-" + dependent;
    }

    private static String shard(int shard) {
        return "shard-" + shard;
    }

    private static String requestOf(int shard) {
        return "shard-requested-" + shard;
    }

    private static String duplicateOf(int shard) {
        return "shard-duplicated-" + shard;
    }

    private static String retryOf(int shard) {
        return "shard-retry-" + shard;
    }
}
