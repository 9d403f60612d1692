package dev.frl.cli.context;

/** Exit codes of the process. */
public final class ExitCode {
    public static final int OK = 0;
    /** A run failed, files are damaged, or a named thing does not exist. */
    public static final int FAILED = 1;
    /** The command or a spec is wrong; nothing was started. */
    public static final int USAGE = 2;
    /** A bug in this program: EX_SOFTWARE of sysexits.h. */
    public static final int INTERNAL = 70;
    /** A retry may succeed, as when no broker answered or MLflow has not recorded everything: EX_TEMPFAIL of sysexits.h. */
    public static final int TEMPORARY = 75;
    /** Ctrl-C: 128 plus the signal's number. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
