package dev.frl.controller;

import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.Dropped;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Ordered;
import dev.frl.core.run.RunEvent.Parked;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.Reopened;
import dev.frl.core.run.RunEvent.ShardDuplicated;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.TrainingRequested;
import java.util.Locale;
import org.slf4j.Logger;

/** Logs the events of a run for an operator: a few lines per epoch. */
final class RunLogger {
    private RunLogger() {}

    static void tell(RunEvent event, Logger log) {
        var info = log.atInfo().addKeyValue("run", event.runId());
        if (event instanceof Planned) {
            info.log("run admitted");
        } else if (event instanceof TrainingRequested request) {
            info.addKeyValue("attempt", request.attempt())
                    .addKeyValue("reason", request.reason() == null ? "first" : request.reason())
                    .log("training requested");
        } else if (event instanceof ShardsRequested request && request.reason() != null) {
            log.atWarn()
                    .addKeyValue("run", event.runId())
                    .addKeyValue("epoch", request.epoch())
                    .addKeyValue("shards", request.shards())
                    .addKeyValue("attempt", request.attempt())
                    .addKeyValue("reason", request.reason())
                    .log("shards requested again");
        } else if (event instanceof ShardDuplicated slow) {
            info.addKeyValue("epoch", slow.epoch())
                    .addKeyValue("shard", slow.shard())
                    .addKeyValue("host", slow.host())
                    .log("slow shard given out a second time");
        } else if (event instanceof EpochEvaluated evaluated) {
            var errors = evaluated.errors();
            info.addKeyValue("epoch", evaluated.epoch())
                    .addKeyValue("robustError", String.format(Locale.ROOT, "%.4f", errors.totalRobust()))
                    .addKeyValue(
                            "worstRobustError",
                            String.format(Locale.ROOT, "%.4f", errors.robust().max()))
                    .addKeyValue("class", errors.robust().argMax())
                    .addKeyValue("shards", evaluated.shards())
                    .addKeyValue("of", evaluated.allShards())
                    .log(evaluated.isPartial() ? "epoch evaluated, partial" : "epoch evaluated");
        } else if (event instanceof TestEvaluated test) {
            var errors = test.errors();
            info.addKeyValue("weights", test.selection())
                    .addKeyValue("robustError", String.format(Locale.ROOT, "%.4f", errors.totalRobust()))
                    .addKeyValue(
                            "worstRobustError",
                            String.format(Locale.ROOT, "%.4f", errors.robust().max()))
                    .log("test evaluated");
        } else if (event instanceof Dropped dropped) {
            log.atWarn()
                    .addKeyValue("run", event.runId())
                    .addKeyValue("what", dropped.what())
                    .addKeyValue("why", dropped.why())
                    .log("message dropped");
        } else if (event instanceof Ordered ordered) {
            info.addKeyValue("verb", ordered.verb().label())
                    .addKeyValue("reason", ordered.reason())
                    .log("order to the run");
        } else if (event instanceof Parked parked) {
            info.addKeyValue("reason", parked.reason()).log("run rests");
        } else if (event instanceof Reopened reopened) {
            info.addKeyValue("attempt", reopened.attempt())
                    .addKeyValue("reason", reopened.reason())
                    .log("run goes on");
        } else if (event instanceof Stopped stopped) {
            info.addKeyValue("reason", stopped.reason()).log("run stopped");
        } else if (event instanceof Finished) {
            info.log("run finished");
        } else if (event instanceof Failed failed) {
            log.atError()
                    .addKeyValue("run", event.runId())
                    .addKeyValue("reason", failed.reason())
                    .log("run failed");
        }
    }
}
