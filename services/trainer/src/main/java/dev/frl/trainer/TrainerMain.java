package dev.frl.trainer;

import dev.frl.service.ServiceProcess;
import dev.frl.service.WritableFolder;
import dev.frl.worker.WorkerContext;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/** Runs the trainer as its own process. */
public final class TrainerMain {
    private TrainerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main("trainer", (environment, kafka, topics, meters) -> {
            var context = WorkerContext.fromEnvironment(environment, meters);
            requireWritableCheckpoints(environment);
            return TrainerService.start(context, kafka, topics, Clock.systemUTC());
        });
    }

    /** Checkpoints in an object store have no folder. */
    private static void requireWritableCheckpoints(Map<String, String> environment) {
        var place = environment.get("FRL_CHECKPOINTS");
        if (place == null) {
            var home = Path.of(environment.getOrDefault("FRL_HOME", ".frl"));
            WritableFolder.require("FRL_HOME", home.resolve("checkpoints").toAbsolutePath());
        } else if (!place.contains("://")) {
            WritableFolder.require("FRL_CHECKPOINTS", Path.of(place));
        }
    }
}
