package dev.frl.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;

/** The MLflow server of a home, as scripts/mlflow-server leaves it: a file with its process and its address. */
final class LocalMlflow {
    private LocalMlflow() {}

    /** Its address; empty if none runs. */
    static Optional<String> running(Home home) {
        try {
            var lines = Files.readAllLines(home.mlflow().resolve("server"), StandardCharsets.UTF_8);
            boolean alive = lines.size() == 2
                    && lines.get(0).matches("[0-9]{1,10}")
                    && ProcessHandle.of(Long.parseLong(lines.get(0)))
                            .map(ProcessHandle::isAlive)
                            .orElse(false);
            return alive ? Optional.of(lines.get(1)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether the program has been set up. */
    static boolean isSetUp(Home home) {
        return Files.exists(home.mlflowProgram().resolve(".pins"));
    }
}
