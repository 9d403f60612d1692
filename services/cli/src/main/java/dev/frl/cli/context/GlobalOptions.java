package dev.frl.cli.context;

/** Options that every command takes. */
public interface GlobalOptions {
    /** What commands see of the process and the machine. */
    CliContext context();

    /** Where frl keeps its files: {@code --home}, else {@code FRL_HOME}, else {@code .frl}. */
    Home home();
}
