package dev.frl.controller;

import dev.frl.messaging.KafkaSettings;
import dev.frl.messaging.Topics;
import dev.frl.spec.CanonicalSpec;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.file.Path;
import java.util.Map;

/** The controller as a process of its own. Settings come from environment variables, see docs/services.md. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws InterruptedException {
        System.exit(run(System.getenv()));
    }

    private static int run(Map<String, String> env) throws InterruptedException {
        try {
            var service = new ControllerService(
                    KafkaSettings.from(Map.of(), env).toClientConfig(),
                    Path.of(env.getOrDefault("FRL_HOME", ".frl"), "streams").toAbsolutePath(),
                    new Topics(CanonicalSpec::read),
                    new SpecReader(new StandardCatalogue()));
            Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
            service.start();
            service.awaitStopped();
            return service.failed() ? 1 : 0;
        } catch (IllegalArgumentException e) {
            System.err.println("frl controller: " + e.getMessage());
            return 2;
        }
    }
}
