package dev.frl.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a spec is run in this process. */
final class RunOptions {
    @Option(names = "--again", description = "Run it anew though it was run before.")
    boolean again;

    @Mixin
    EmbeddedOptions embedded = new EmbeddedOptions();

    @Mixin
    OutputOption output = new OutputOption();
}
