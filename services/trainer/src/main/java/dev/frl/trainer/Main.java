package dev.frl.trainer;

import dev.frl.messaging.client.ServiceProcess;

import dev.frl.messaging.Topics;
import dev.frl.spec.CanonicalSpec;
import dev.frl.worker.Workplace;
import java.time.Clock;

/** The trainer as a process of its own. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        ServiceProcess.main(
                "trainer",
                (environment, kafka) -> new TrainerService(
                        Workplace.fromEnvironment(environment),
                        kafka,
                        new Topics(CanonicalSpec::read),
                        Clock.systemUTC()));
    }
}
