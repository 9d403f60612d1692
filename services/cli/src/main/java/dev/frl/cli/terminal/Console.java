package dev.frl.cli.terminal;

import java.io.PrintWriter;

/** Standard output, and the terminal that it leads to. */
public interface Console {
    /** Standard output: results. */
    PrintWriter out();

    /** The terminal behind standard output and standard error. */
    Terminal terminal();
}
