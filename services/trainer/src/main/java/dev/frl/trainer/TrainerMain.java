package dev.frl.trainer;

import dev.frl.service.ServiceProcess;
import dev.frl.worker.WorkerContext;
import java.time.Clock;

/** Runs the trainer as its own process. */
public final class TrainerMain {
    private TrainerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main(
                "trainer",
                (environment, kafka, topics) -> TrainerService.start(
                        WorkerContext.fromEnvironment(environment), kafka, topics, Clock.systemUTC()));
    }
}
