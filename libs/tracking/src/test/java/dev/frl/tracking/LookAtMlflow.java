package dev.frl.tracking;

import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.run.RunEvent;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.SyntheticExperiment;
import dev.frl.report.SyntheticRun;
import dev.frl.report.SyntheticSweep;
import dev.frl.report.statistics.SweepPoint;
import dev.frl.report.statistics.SweepPoints;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Records a synthetic sweep in a running MLflow server, to be viewed in its UI, and prints the time that it took. */
public final class LookAtMlflow {
    private static final int SEEDS = 3;
    private static final String PRUNED = "pruned at epoch 4: robust accuracy of the worst class is 9.10 %, rank 4 of 4";

    private LookAtMlflow() {}

    public static void main(String[] arguments) throws RecorderException {
        var policies = List.of(Policy.NONE, Policy.FRL_REWEIGHT, Policy.FRL_REMARGIN, Policy.FRL_REWEIGHT_REMARGIN);
        var constraints = new Constraints(0.55, null);
        var sweep = new SyntheticSweep(constraints, policies.size(), policies.size() * SEEDS);
        var runs = new SyntheticExperiment(10, 10).runs(policies, SEEDS);
        var logs = new ArrayList<List<RunEvent>>();
        var finished = new ArrayList<SyntheticRun>();
        for (SyntheticRun run : runs) {
            var plan = run.history().plan();
            var policy = plan.settings().fairness().policy();
            if (!plan.warmStart()) {
                sweep.handedOut(policies.indexOf(policy), run);
            }
            boolean pruned = !plan.warmStart() && policy == Policy.FRL_REMARGIN;
            logs.add(pruned ? stopped(run) : run.events());
            if (pruned) {
                sweep.pruned(policies.indexOf(policy), run, 4, PRUNED);
            } else {
                finished.add(run);
            }
        }
        var best =
                SweepPoints.ofHistories(SyntheticExperiment.histories(finished)).best(constraints);
        sweep.ended(
                ExperimentPhase.FINISHED,
                best.map(LookAtMlflow::of).orElse(null),
                "completed: 9 finished, 0 failed, 3 stopped of 12 runs");
        try (var recorder = new MlflowRecorder(MlflowSettings.of(arguments[0]))) {
            var log = new TrackedEvents(recorder);
            int epochs = 0;
            long start = System.nanoTime();
            for (List<RunEvent> events : logs) {
                for (RunEvent event : events) {
                    log.accept(event);
                    epochs += event instanceof RunEvent.EpochEvaluated ? 1 : 0;
                }
            }
            sweep.events().forEach(log::accept);
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(
                    Locale.ROOT,
                    "%d runs, %d epochs in %.1f s: %.0f ms an epoch%n",
                    runs.size(),
                    epochs,
                    seconds,
                    1e3 * seconds / epochs);
            start = System.nanoTime();
            log.summariseNews();
            System.out.printf(Locale.ROOT, "summary in %.1f s%n", (System.nanoTime() - start) / 1e9);
        }
    }

    private static List<RunEvent> stopped(SyntheticRun run) {
        var events = new ArrayList<RunEvent>();
        Instant at = Instant.EPOCH;
        for (RunEvent event : run.events()) {
            events.add(event);
            at = event.at();
            if (event instanceof RunEvent.EpochEvaluated e && e.epoch() == 4) {
                break;
            }
        }
        events.add(new RunEvent.Parked(run.history().plan().runId(), "has trained 4 of 10 epochs", at.plusSeconds(1)));
        events.add(new RunEvent.Stopped(run.history().plan().runId(), PRUNED, at.plusSeconds(2)));
        return events;
    }

    private static BestPoint of(SweepPoint point) {
        return new BestPoint(
                0,
                point.variant(),
                point.worstRobust().mean(),
                point.averageRobust().mean(),
                point.averageClean().mean(),
                point.epoch(),
                point.worstRobust().count());
    }
}
