package dev.frl.attacker;

import dev.frl.service.ServiceProcess;
import dev.frl.worker.WorkerContext;
import java.time.Clock;

/** Runs the attacker as its own process. */
public final class AttackerMain {
    private AttackerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main("attacker", (environment, telemetry) -> {
            var context = WorkerContext.fromEnvironment(environment, telemetry);
            return (kafka, topics) -> AttackerService.start(context, kafka, topics, Clock.systemUTC());
        });
    }
}
