package dev.frl.cli.context;

/** Options that every command takes. */
public interface GlobalOptions {
    /** Access to process, machine and Kafka. */
    CliContext context();

    /** Folder of frl's files: {@code --home}, else {@code FRL_HOME}, else {@code .frl}. */
    Home home();
}
