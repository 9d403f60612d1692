package dev.frl.trainer;

import static java.util.Objects.requireNonNull;

import dev.frl.service.ServiceProcess;
import dev.frl.service.SettingProblems;
import dev.frl.service.Telemetry;
import dev.frl.service.WritableFolder;
import dev.frl.worker.WorkerContext;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/** Runs the trainer as its own process. */
public final class TrainerMain {
    private TrainerMain() {}

    public static void main(String[] args) {
        Optional<OnceOptions> once;
        try {
            once = OnceOptions.parse(args);
        } catch (IllegalArgumentException e) {
            ServiceProcess.wrongArguments("trainer", e);
            return;
        }
        if (once.isPresent()) {
            ServiceProcess.once("trainer", once.get().patience(), (environment, telemetry) -> {
                var context = context(environment, telemetry);
                var status = TrainJobStatus.of(environment, Clock.systemUTC());
                return (kafka, topics) ->
                        TrainerService.startOnce(context, kafka, topics, Clock.systemUTC(), once.get(), status);
            });
        } else {
            ServiceProcess.main("trainer", TrainerMain::settings);
        }
    }

    static ServiceProcess.Starter settings(Map<String, String> environment, Telemetry telemetry) {
        var context = context(environment, telemetry);
        return (kafka, topics) -> TrainerService.start(context, kafka, topics, Clock.systemUTC());
    }

    private static WorkerContext context(Map<String, String> environment, Telemetry telemetry) {
        var problems = new SettingProblems();
        var context = problems.read(() -> WorkerContext.fromEnvironment(environment, telemetry));
        problems.check(() -> requireWritableCheckpoints(environment));
        problems.requireNone();
        return requireNonNull(context);
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
