package dev.frl.controller;

import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunState;
import dev.frl.service.tracing.TraceSpan;
import dev.frl.service.tracing.Tracing;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The controller's part of the trace of an epoch. Spans are sent when a decision is written, so a decision whose transaction is aborted is
 * in the trace twice.
 */
final class RunTraces {
    /** No headers: what many messages led to is under the root of the trace. */
    private static final Headers ROOT = new RecordHeaders();

    private final Tracing tracing;

    RunTraces(Tracing tracing) {
        this.tracing = tracing;
    }

    boolean on() {
        return tracing.isOn();
    }

    /**
     * Begins the span of an event that belongs to an epoch; messages that follow from the event carry its context.
     *
     * @param cause headers of the message that led to the decision
     */
    TraceSpan begin(RunEvent event, Headers cause) {
        if (!on()) {
            return TraceSpan.NONE;
        }
        if (event instanceof RunEvent.ShardsRequested request) {
            return tracing.begin("request shards", request.runId(), request.epoch(), cause);
        }
        if (event instanceof EpochEvaluated evaluated) {
            return tracing.begin("fairness update", evaluated.runId(), evaluated.epoch(), ROOT);
        }
        if (event instanceof RunEvent.TestEvaluated test) {
            return tracing.begin("test evaluated", test.runId(), test.epoch(), ROOT);
        }
        return TraceSpan.NONE;
    }

    /**
     * Records the root span if the decision ended an epoch. It begins with the fairness update before it, since its training may begin
     * then; of the first epoch, with its training.
     *
     * @param before the last epoch that was evaluated before the decision; null if there was none
     */
    void decided(RunState run, @Nullable EpochEvaluated before) {
        var evaluated = run.evaluated();
        var trained = run.trained();
        if (!on() || evaluated == null || trained == null || evaluated.equals(before)) {
            return;
        }
        var begin = before != null && before.epoch() == evaluated.epoch() - 1
                ? before.at()
                : trained.at().minus(trained.duration());
        tracing.epochEnded(run.plan().experimentId(), evaluated.runId(), evaluated.epoch(), begin);
    }
}
