package dev.frl.attacker;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.ServiceProcess;
import dev.frl.spec.CanonicalSpec;
import dev.frl.worker.WorkerContext;
import java.time.Clock;

/** The attacker as a process of its own. */
public final class AttackerMain {
    private AttackerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main(
                "attacker",
                (environment, kafka) -> new AttackerService(
                        WorkerContext.fromEnvironment(environment),
                        kafka,
                        new Topics(CanonicalSpec::read),
                        Clock.systemUTC()));
    }
}
