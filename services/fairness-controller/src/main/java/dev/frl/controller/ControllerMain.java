package dev.frl.controller;

import static java.util.Objects.requireNonNull;

import dev.frl.messaging.client.KafkaSettings;
import dev.frl.service.ServiceProcess;
import dev.frl.service.SettingProblems;
import dev.frl.service.Telemetry;
import dev.frl.service.WritableFolder;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs the controller as its own process. */
public final class ControllerMain {
    private ControllerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main("controller", ControllerMain::settings);
    }

    static ServiceProcess.Starter settings(Map<String, String> environment, Telemetry telemetry) {
        var problems = new SettingProblems();
        var state =
                Path.of(environment.getOrDefault("FRL_HOME", ".frl"), "streams").toAbsolutePath();
        problems.check(() -> WritableFolder.require("FRL_HOME", state));
        var retention = problems.read(() -> retention(environment.get("FRL_ENDED_RUN_DAYS")));
        problems.check(() -> ControllerService.requireSettings(KafkaSettings.from(Map.of(), environment)));
        problems.requireNone();
        return (kafka, topics) -> {
            var service = new ControllerService(
                    kafka,
                    state,
                    topics,
                    new SpecReader(new StandardCatalogue()),
                    requireNonNull(retention),
                    telemetry);
            service.start();
            return service;
        };
    }

    private static Duration retention(@Nullable String days) {
        if (days == null) {
            return ControllerService.RETENTION;
        }
        if (!days.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "FRL_ENDED_RUN_DAYS is %s; it must be a number of days from 1 to 9999", days));
        }
        return Duration.ofDays(Integer.parseInt(days));
    }
}
