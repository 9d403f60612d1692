package dev.frl.cli.option;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a spec is run in this process. */
public final class RunOptions {
    @Option(names = "--again", description = "Run it anew though it was run before.")
    public boolean again;

    @Mixin
    public EmbeddedOptions embedded = new EmbeddedOptions();

    @Mixin
    public OutputOption output = new OutputOption();
}
