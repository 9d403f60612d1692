package dev.frl.cli;

import picocli.CommandLine.Option;

/** The choice between a table for people and JSON for scripts. */
final class OutputOption {
    enum Format {
        TABLE,
        JSON
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table or json. Default: table")
    Format format = Format.TABLE;

    boolean json() {
        return format == Format.JSON;
    }
}
