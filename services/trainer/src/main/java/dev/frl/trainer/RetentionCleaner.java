package dev.frl.trainer;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.Checkpoints;
import dev.frl.core.checkpoint.Retention;
import dev.frl.core.run.RunPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the checkpoints that a run keeps no longer. Nobody else deletes any.
 *
 * <p>It deletes by what the controller told of an epoch and by no more: what one trainer deletes, no later one would keep
 * ({@link Retention#keeps}). So a trainer that lost its run, and does not know it yet, takes nothing from the one that has it.
 */
final class RetentionCleaner {
    private static final Logger log = LoggerFactory.getLogger(RetentionCleaner.class);

    private final String runId;
    private final @Nullable Retention retention;
    private final Checkpoints checkpoints;
    private final BooleanSupplier cancelled;
    private int evaluated = -1;
    private int best = -1;

    /** @param cancelled checked before each checkpoint; when it is true, nothing more is deleted */
    RetentionCleaner(RunPlan plan, Checkpoints checkpoints, BooleanSupplier cancelled) {
        this.runId = plan.runId();
        this.retention = plan.retention();
        this.checkpoints = checkpoints;
        this.cancelled = cancelled;
    }

    /**
     * The controller has evaluated an epoch.
     *
     * @param best the best of the epochs up to this one; −1 if that is unknown
     */
    void evaluated(int epoch, int best) {
        if (best >= 0) {
            this.evaluated = epoch;
            this.best = best;
        }
    }

    /**
     * An epoch has its checkpoint. Deletes those that are not kept after it. The one that is evaluated now is the last, so it stays; the
     * evaluation of the epoch before is over.
     *
     * @param epoch the last one that was trained
     */
    void trained(int epoch) {
        if (retention == null || evaluated < 0) {
            return;
        }
        int last = Math.min(epoch, evaluated + 1);
        List<Integer> deleted = new ArrayList<>();
        try {
            for (int each : checkpoints.epochs(runId)) {
                if (cancelled.getAsBoolean()) {
                    break;
                }
                if (!retention.keeps(each, last, best) && checkpoints.delete(runId, each)) {
                    deleted.add(each);
                }
            }
        } catch (CheckpointException e) { // training needs no space for what is only not gone yet
            log.atWarn()
                    .addKeyValue("run", runId)
                    .addKeyValue("reason", e.getMessage())
                    .log(
                            "checkpoints that are no longer kept could not be deleted; that is tried again after the next epoch");
        }
        if (!deleted.isEmpty()) {
            log.atInfo()
                    .addKeyValue("run", runId)
                    .addKeyValue("epochs", deleted)
                    .log("checkpoints deleted, as checkpoints.keep of the spec says");
        }
    }
}
