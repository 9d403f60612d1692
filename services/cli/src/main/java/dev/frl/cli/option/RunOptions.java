package dev.frl.cli.option;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options for running a spec in this process. */
public final class RunOptions {
    @Option(names = "--again", description = "Run an experiment that has ended once more, with new run ids.")
    public boolean again;

    @Mixin
    public EmbeddedOptions embedded = new EmbeddedOptions();

    @Mixin
    public OutputOption output = new OutputOption();
}
