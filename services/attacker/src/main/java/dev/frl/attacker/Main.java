package dev.frl.attacker;

import dev.frl.messaging.client.ServiceProcess;

import dev.frl.messaging.Topics;
import dev.frl.spec.CanonicalSpec;
import dev.frl.worker.Workplace;
import java.time.Clock;

/** The attacker as a process of its own. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        ServiceProcess.main(
                "attacker",
                (environment, kafka) -> new AttackerService(
                        Workplace.fromEnvironment(environment),
                        kafka,
                        new Topics(CanonicalSpec::read),
                        Clock.systemUTC()));
    }
}
