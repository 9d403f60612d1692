package dev.frl.trainer;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.ServiceProcess;
import dev.frl.spec.CanonicalSpec;
import dev.frl.worker.WorkerContext;
import java.time.Clock;

/** The trainer as a process of its own. */
public final class TrainerMain {
    private TrainerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main(
                "trainer",
                (environment, kafka) -> new TrainerService(
                        WorkerContext.fromEnvironment(environment),
                        kafka,
                        new Topics(CanonicalSpec::read),
                        Clock.systemUTC()));
    }
}
