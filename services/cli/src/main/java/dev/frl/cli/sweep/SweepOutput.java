package dev.frl.cli.sweep;

import picocli.CommandLine.Option;

/** The choice between a table for people, and CSV and JSON for scripts. */
public final class SweepOutput {
    enum Format {
        TABLE,
        CSV,
        JSON
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "Output format: table, csv or json. Default: table")
    Format format = Format.TABLE;
}
