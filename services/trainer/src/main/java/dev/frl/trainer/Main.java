package dev.frl.trainer;

import dev.frl.messaging.KafkaSettings;
import dev.frl.messaging.Topics;
import dev.frl.spec.CanonicalSpec;
import dev.frl.worker.Workplace;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.CompletionException;

/** The trainer as a process of its own. Settings come from environment variables, see docs/services.md. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(run(System.getenv()));
    }

    private static int run(Map<String, String> env) {
        try {
            var workplace = Workplace.fromEnvironment(env);
            var kafka = KafkaSettings.from(Map.of(), env);
            var service = new TrainerService(workplace, kafka, new Topics(CanonicalSpec::read), Clock.systemUTC());
            Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
            service.ended().join();
            return 0;
        } catch (IllegalArgumentException e) {
            System.err.println("frl trainer: " + e.getMessage());
            return 2;
        } catch (CompletionException e) {
            System.err.println("frl trainer: " + (e.getCause() == null ? e : e.getCause()).getMessage());
            return 1;
        }
    }
}
