package dev.frl.attacker;

import dev.frl.service.ServiceProcess;
import dev.frl.service.Telemetry;
import dev.frl.worker.WorkerContext;
import java.time.Clock;
import java.util.Map;

/** Runs the attacker as its own process. */
public final class AttackerMain {
    private AttackerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main("attacker", AttackerMain::settings);
    }

    static ServiceProcess.Starter settings(Map<String, String> environment, Telemetry telemetry) {
        var context = WorkerContext.fromEnvironment(environment, telemetry);
        return (kafka, topics) -> AttackerService.start(context, kafka, topics, Clock.systemUTC());
    }
}
