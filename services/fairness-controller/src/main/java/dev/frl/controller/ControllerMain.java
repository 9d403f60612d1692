package dev.frl.controller;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.ServiceProcess;
import dev.frl.spec.CanonicalSpec;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.file.Path;

/** The controller as a process of its own. */
public final class ControllerMain {
    private ControllerMain() {}

    public static void main(String[] args) {
        ServiceProcess.main("controller", (environment, kafka) -> {
            var service = new ControllerService(
                    kafka.toClientConfig(),
                    Path.of(environment.getOrDefault("FRL_HOME", ".frl"), "streams")
                            .toAbsolutePath(),
                    new Topics(CanonicalSpec::read),
                    new SpecReader(new StandardCatalogue()));
            service.start();
            return service;
        });
    }
}
