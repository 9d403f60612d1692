package dev.frl.cli.context;

import java.nio.file.Path;

/**
 * Where frl keeps its files.
 *
 * @param path absolute; need not exist
 */
public record Home(Path path) {
    /** Kafka's files of the broker in this process. */
    public Path broker() {
        return path.resolve("broker");
    }

    /** Says where a broker of this home listens, while one does. */
    public Path brokerAddress() {
        return path.resolve("broker.json");
    }

    public Path checkpoints() {
        return path.resolve("checkpoints");
    }

    /**
     * Weights of other code. No run is called so: a run's id ends with a hash.
     *
     * @param name of a file
     */
    public Path imported(String name) {
        return checkpoints().resolve("imported").resolve(name);
    }

    /** Plain files of every run, and reports. */
    Path records() {
        return path.resolve("runs");
    }

    public Path report(String experimentId) {
        return records().resolve(experimentId).resolve("report.html");
    }

    /** Database, artifacts and log of the MLflow server. */
    public Path mlflow() {
        return path.resolve("mlflow");
    }

    /** What the services of this process tell. */
    public Path log() {
        return path.resolve("logs").resolve("frl.log");
    }
}
