package dev.frl.cli.option;

import picocli.CommandLine.Option;

/** The choice between a table for people and JSON for scripts. */
public final class OutputOption {
    enum Format {
        TABLE,
        JSON
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "Output format: table or json. Default: table")
    Format format = Format.TABLE;

    public boolean json() {
        return format == Format.JSON;
    }
}
