package dev.frl.attacker;

import dev.frl.service.ServiceProcess;
import dev.frl.worker.WorkerContext;
import java.time.Clock;

/** Runs the attacker as its own process. */
public final class AttackerMain {
    private AttackerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main(
                "attacker",
                (environment, kafka, topics, telemetry) -> AttackerService.start(
                        WorkerContext.fromEnvironment(environment, telemetry), kafka, topics, Clock.systemUTC()));
    }
}
