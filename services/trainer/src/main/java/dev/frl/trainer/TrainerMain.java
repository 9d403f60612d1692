package dev.frl.trainer;

import dev.frl.service.ServiceProcess;
import dev.frl.service.WritableFolder;
import dev.frl.worker.WorkerContext;
import java.time.Clock;

/** Runs the trainer as its own process. */
public final class TrainerMain {
    private TrainerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main("trainer", (environment, kafka, topics) -> {
            var context = WorkerContext.fromEnvironment(environment);
            WritableFolder.require(
                    environment.containsKey("FRL_CHECKPOINTS") ? "FRL_CHECKPOINTS" : "FRL_HOME",
                    WorkerContext.checkpointFolder(environment));
            return TrainerService.start(context, kafka, topics, Clock.systemUTC());
        });
    }
}
