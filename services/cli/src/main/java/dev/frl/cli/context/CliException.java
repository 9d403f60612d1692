package dev.frl.cli.context;

import org.jspecify.annotations.Nullable;

/** Ends a command. The message tells the user what is wrong and what to do. */
public final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int exitCode;

    private CliException(int exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** Something failed, or a named thing does not exist. */
    public static CliException failed(String message) {
        return new CliException(ExitCode.FAILED, message, null);
    }

    public static CliException failed(String message, @Nullable Throwable cause) {
        return new CliException(ExitCode.FAILED, message, cause);
    }

    /** The command was called wrongly. */
    public static CliException usage(String message) {
        return new CliException(ExitCode.USAGE, message, null);
    }

    /** The user ended the command. */
    public static CliException interrupted(String message) {
        return new CliException(ExitCode.INTERRUPTED, message, null);
    }

    /** The same command may work later. */
    public static CliException temporary(String message, @Nullable Throwable cause) {
        return new CliException(ExitCode.TEMPORARY, message, cause);
    }

    public int exitCode() {
        return exitCode;
    }
}
