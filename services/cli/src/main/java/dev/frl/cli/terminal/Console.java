package dev.frl.cli.terminal;

import java.io.PrintWriter;

/** Standard output, and the terminal behind it. */
public interface Console {
    /** Standard output, for results. */
    PrintWriter out();

    /** The terminal behind standard output and standard error. */
    Terminal terminal();
}
