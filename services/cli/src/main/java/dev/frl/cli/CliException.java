package dev.frl.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command. The message is for its user: what is wrong and what to do. */
final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int exitCode;

    private CliException(int exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** Something failed, or what was asked for is not there. */
    static CliException failed(String message) {
        return new CliException(ExitCode.FAILED, message, null);
    }

    static CliException failed(String message, Throwable cause) {
        return new CliException(ExitCode.FAILED, message, cause);
    }

    /** The command was called wrongly. */
    static CliException usage(String message) {
        return new CliException(ExitCode.USAGE, message, null);
    }

    /** The same command may work later. */
    static CliException temporary(String message, @Nullable Throwable cause) {
        return new CliException(ExitCode.TEMPORARY, message, cause);
    }

    int exitCode() {
        return exitCode;
    }
}
