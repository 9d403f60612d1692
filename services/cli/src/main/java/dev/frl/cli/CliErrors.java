package dev.frl.cli;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.core.HumanTime;
import dev.frl.core.failure.FileTrouble;
import dev.frl.data.DataException;
import dev.frl.spec.tree.Suggestions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns an exception into one line for the user and an exit code for the shell. */
final class CliErrors implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private static final Logger log = LoggerFactory.getLogger(CliErrors.class);

    /** picocli tells what could not be converted in its text only. */
    private static final Pattern NO_PATH = Pattern.compile("(?s)cannot convert '(.*)' to .*InvalidPathException: ");

    /** What Java says of a shutdown hook that comes too late. */
    private static final String SHUTDOWN = "Shutdown in progress";

    private static final int DEEPEST = 20;

    private final CliContext context;
    private final Frl frl;

    CliErrors(CliContext context, Frl frl) {
        this.context = context;
        this.frl = frl;
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        var unmatched = e instanceof UnmatchedArgumentException u ? u : null;
        context.err()
                .printf(Locale.ROOT, "%s: %s%n", command, sentence(unmatched == null ? usage(e) : unknown(unmatched)));
        context.err().printf(Locale.ROOT, "Help: %s -h%n", command);
        trace(e);
        return ExitCode.USAGE;
    }

    /** picocli's message, in the words of our own messages where they are better. */
    private static String usage(ParameterException e) {
        if (e instanceof MissingParameterException missing) {
            return missing.getMissing().stream()
                    .map(CliErrors::name)
                    .collect(Collectors.joining(", ", "missing: ", ""));
        }
        Matcher path = NO_PATH.matcher(message(e));
        if (path.find()) {
            return unusable(path.group(1));
        }
        ArgSpec arg = e.getArgSpec();
        String value = e.getValue();
        if (arg == null || value == null) {
            return message(e);
        }
        Class<?> type = arg.type();
        if (type == int.class || type == Integer.class) {
            return String.format(
                    Locale.ROOT, "%s is %s; it must be a whole number", name(arg), HumanFormat.line(value));
        }
        if (type == boolean.class || type == Boolean.class) {
            return name(arg) + " takes no value";
        }
        return type.isEnum()
                ? String.format(
                        Locale.ROOT,
                        "%s is %s; it must be %s",
                        name(arg),
                        HumanFormat.line(value),
                        Stream.of(type.getEnumConstants())
                                .map(c -> c.toString().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(" or ")))
                : message(e);
    }

    private static String name(ArgSpec arg) {
        return arg instanceof OptionSpec option ? option.longestName() : arg.paramLabel();
    }

    private static String unknown(UnmatchedArgumentException e) {
        String first = e.getUnmatched().get(0);
        var commands = new ArrayList<>(e.getCommandLine().getSubcommands().keySet());
        if (e.getCommandLine().getParent() == null) {
            commands.addAll(Frl.SERVICES);
        }
        boolean option = first.startsWith("-");
        String what =
                option ? "there is no option " : commands.isEmpty() ? "unexpected argument: " : "there is no command ";
        var near = option ? e.getSuggestions() : Suggestions.nearest(first, commands);
        return what
                + HumanFormat.line(first)
                + (near.isEmpty()
                        ? ""
                        : ". Did you mean "
                                + String.join(" or ", near.stream().limit(3).toList()) + "?");
    }

    /** Ended by a point, and with nothing in it that moves the cursor. Some messages have several lines. */
    private static String sentence(String text) {
        String message = text.replaceAll("[\\p{Cc}&&[^\\r\\n\\t]]", "?");
        return message.endsWith(".") || message.endsWith("?") ? message : message + ".";
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult result) {
        String name = command.getCommandSpec().qualifiedName();
        if (e instanceof ParameterException p) {
            return handleParseException(p, new String[0]);
        }
        if (e instanceof InterruptedException || (context.interrupt().requested() && isOfShutdown(e))) {
            context.err().printf(Locale.ROOT, "%s: interrupted%n", name);
            return ExitCode.INTERRUPTED;
        }
        int code = code(e);
        if (code == ExitCode.INTERNAL) {
            context.err().printf(Locale.ROOT, "%s: internal error: %s%n", name, e);
            context.err().println("This is a bug in frl, not in your input. --stacktrace shows where it happened.");
            log.atDebug().setCause(e).log("internal error");
        } else {
            context.err().printf(Locale.ROOT, "%s: %s%n", name, sentence(message(e)));
        }
        trace(e);
        return code;
    }

    /** Ctrl-C while the services start: Java refuses new shutdown hooks, and any library may want one. */
    private static boolean isOfShutdown(Throwable error) {
        return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
                .limit(DEEPEST)
                .anyMatch(cause -> cause instanceof IllegalStateException && SHUTDOWN.equals(cause.getMessage()));
    }

    private static int code(Exception e) {
        if (e instanceof InvalidPathException) {
            return ExitCode.USAGE;
        }
        if (e instanceof CliException c) {
            return c.exitCode();
        }
        boolean expected = e instanceof DataException
                || e instanceof CheckpointException
                || e instanceof FileSystemException
                || FileTrouble.find(e).isPresent();
        return expected ? ExitCode.FAILED : ExitCode.INTERNAL;
    }

    private static String message(Exception e) {
        if (e instanceof InvalidPathException path) {
            return unusable(path.getInput());
        }
        if (e instanceof NoSuchFileException) {
            return "there is no file " + HumanFormat.line(String.valueOf(e.getMessage()));
        }
        if (e instanceof AccessDeniedException) {
            return "no permission to access " + HumanFormat.line(String.valueOf(e.getMessage()));
        }
        if (e instanceof FileSystemException file) {
            return FileTrouble.words(file);
        }
        if (e instanceof IOException || e instanceof UncheckedIOException) {
            return FileTrouble.find(e).orElseGet(() -> HumanTime.in(String.valueOf(e.getMessage())));
        }
        return HumanTime.in(String.valueOf(e.getMessage()));
    }

    /** A path that the user named, or one with such a part. In the locale C Java reads and writes ASCII only. */
    private static String unusable(String path) {
        String shown = HumanFormat.line(path);
        return path.indexOf('\0') >= 0
                ? shown + " is no path: it has a character with the code 0"
                : String.format(
                        Locale.ROOT,
                        "the path %s has characters that the locale of this process does not have (%s): set LC_ALL=C.UTF-8",
                        shown,
                        System.getProperty("sun.jnu.encoding"));
    }

    private void trace(Exception e) {
        if (frl.stacktrace) {
            e.printStackTrace(context.err());
        }
    }
}
