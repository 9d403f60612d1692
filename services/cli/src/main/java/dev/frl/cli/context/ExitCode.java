package dev.frl.cli.context;

/** What the shell is told. */
public final class ExitCode {
    public static final int OK = 0;
    /** A run failed, files are damaged, or what was asked for is not there. */
    public static final int FAILED = 1;
    /** The command or a spec is wrong; nothing was started. */
    public static final int USAGE = 2;
    /** A defect of this program: EX_SOFTWARE of sysexits.h. */
    public static final int INTERNAL = 70;
    /** May work later, as when no broker answers: EX_TEMPFAIL of sysexits.h. */
    static final int TEMPORARY = 75;
    /** Ctrl-C: 128 and the signal's number. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
