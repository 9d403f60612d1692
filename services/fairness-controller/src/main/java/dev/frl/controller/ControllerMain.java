package dev.frl.controller;

import dev.frl.service.ServiceProcess;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.file.Path;

/** Runs the controller as its own process. */
public final class ControllerMain {
    private ControllerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main("controller", (environment, kafka, topics) -> {
            var service = new ControllerService(
                    kafka,
                    Path.of(environment.getOrDefault("FRL_HOME", ".frl"), "streams")
                            .toAbsolutePath(),
                    topics,
                    new SpecReader(new StandardCatalogue()));
            service.start();
            return service;
        });
    }
}
