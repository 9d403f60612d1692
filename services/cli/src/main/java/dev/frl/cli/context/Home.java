package dev.frl.cli.context;

import java.nio.file.Path;

/**
 * The folder of frl's files.
 *
 * @param path absolute; need not exist
 */
public record Home(Path path) {
    /** Files of the embedded Kafka broker. */
    public Path broker() {
        return path.resolve("broker");
    }

    /** File with the address of this home's broker while it runs. */
    public Path brokerAddress() {
        return path.resolve("broker.json");
    }

    public Path checkpoints() {
        return path.resolve("checkpoints");
    }

    /**
     * Imported weights. No run has the id "imported": a run's id ends with a hash.
     *
     * @param name file name
     */
    public Path imported(String name) {
        return checkpoints().resolve("imported").resolve(name);
    }

    /** Recorded files and reports of the runs. */
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

    /** Log of the services in this process. */
    public Path log() {
        return path.resolve("logs").resolve("frl.log");
    }
}
