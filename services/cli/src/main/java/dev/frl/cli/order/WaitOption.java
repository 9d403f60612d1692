package dev.frl.cli.order;

import picocli.CommandLine.Option;

/** Whether a command returns when the order is carried out, and not when it is given. */
public final class WaitOption {
    @Option(
            names = "--wait",
            description = "Wait until the runs have ended, or rest; then show their status. Ctrl-C ends only the wait.")
    boolean wanted;
}
