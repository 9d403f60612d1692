package dev.frl.tracking;

import dev.frl.core.run.RunEvent;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.SyntheticExperiment;
import dev.frl.report.SyntheticRun;
import java.util.List;

/** Records a synthetic experiment in a running MLflow server, to be viewed in its UI, and prints the time that it took. */
public final class LookAtMlflow {
    private LookAtMlflow() {}

    public static void main(String[] arguments) throws RecorderException {
        var runs = new SyntheticExperiment(10, 10).runs(List.of(Policy.NONE, Policy.FRL_REWEIGHT_REMARGIN), 3);
        try (var recorder = new MlflowRecorder(MlflowSettings.of(arguments[0]))) {
            var log = new TrackedEvents(recorder);
            int epochs = 0;
            long start = System.nanoTime();
            for (SyntheticRun run : runs) {
                for (RunEvent event : run.events()) {
                    log.accept(event);
                    epochs += event instanceof RunEvent.EpochEvaluated ? 1 : 0;
                }
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(
                    "%d runs, %d epochs in %.1f s: %.0f ms an epoch%n",
                    runs.size(), epochs, seconds, 1e3 * seconds / epochs);
            start = System.nanoTime();
            log.summariseNews();
            System.out.printf("summary in %.1f s%n", (System.nanoTime() - start) / 1e9);
        }
    }
}
