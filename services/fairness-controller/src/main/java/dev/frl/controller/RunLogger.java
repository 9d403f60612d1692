package dev.frl.controller;

import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.Dropped;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.TrainingRequested;
import org.slf4j.Logger;

/** A run's story for an operator: a few lines an epoch. */
final class RunLogger {
    private RunLogger() {}

    static void tell(RunEvent event, Logger log) {
        var info = log.atInfo().addKeyValue("run", event.runId());
        if (event instanceof Planned) {
            info.log("admitted");
        } else if (event instanceof TrainingRequested request) {
            info.addKeyValue("attempt", request.attempt())
                    .addKeyValue("reason", request.reason() == null ? "first" : request.reason())
                    .log("waits for a trainer");
        } else if (event instanceof ShardsRequested request && request.reason() != null) {
            log.atWarn()
                    .addKeyValue("run", event.runId())
                    .addKeyValue("epoch", request.epoch())
                    .addKeyValue("shards", request.shards())
                    .addKeyValue("attempt", request.attempt())
                    .addKeyValue("reason", request.reason())
                    .log("asked for shards again");
        } else if (event instanceof EpochEvaluated evaluated) {
            var errors = evaluated.errors();
            info.addKeyValue("epoch", evaluated.epoch())
                    .addKeyValue("robustError", "%.4f".formatted(errors.totalRobust()))
                    .addKeyValue(
                            "worstRobustError", "%.4f".formatted(errors.robust().max()))
                    .addKeyValue("class", errors.robust().argMax())
                    .log("epoch evaluated");
        } else if (event instanceof TestEvaluated test) {
            var errors = test.errors();
            info.addKeyValue("weights", test.selection())
                    .addKeyValue("robustError", "%.4f".formatted(errors.totalRobust()))
                    .addKeyValue(
                            "worstRobustError", "%.4f".formatted(errors.robust().max()))
                    .log("test evaluated");
        } else if (event instanceof Dropped dropped) {
            log.atWarn()
                    .addKeyValue("run", event.runId())
                    .addKeyValue("what", dropped.what())
                    .addKeyValue("why", dropped.why())
                    .log("dropped a message");
        } else if (event instanceof Finished) {
            info.log("finished");
        } else if (event instanceof Failed failed) {
            log.atError()
                    .addKeyValue("run", event.runId())
                    .addKeyValue("reason", failed.reason())
                    .log("failed");
        }
    }
}
