package dev.frl.cli.option;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options for running a spec in this process. */
public final class RunOptions {
    @Option(names = "--again", description = "Run an experiment that has ended once more, with new run ids.")
    boolean again;

    @Mixin
    EmbeddedOptions embedded = new EmbeddedOptions();

    @Mixin
    OutputOption output = new OutputOption();

    public boolean again() {
        return again;
    }

    public boolean json() {
        return output.json();
    }

    public EmbeddedOptions embedded() {
        return embedded;
    }
}
