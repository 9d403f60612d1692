package dev.frl.service;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Turns failures of the host into one line that says what to do: memory, disk, libraries, the virtual machine. Services that start and
 * work that fails use the same words.
 */
public final class HostTrouble {
    private static final int DEEPEST = 20;
    private static final Pattern HEAP = Pattern.compile("(?i)java heap space|gc overhead|array size");
    private static final Pattern THREADS = Pattern.compile("(?i)native thread|process/resource limits");
    /** How engines say that an allocation outside of the Java heap failed. */
    private static final Pattern ALLOCATION = Pattern.compile(
            "(?i)out of memory|(can.?t|cannot|could not|failed to|unable to) allocate|bad_alloc|not enough memory");

    /** How JavaCPP says that an allocation would exceed the limits below, and not what the host has. */
    private static final Pattern OWN_LIMIT = Pattern.compile("(?i)totalBytes|physicalBytes");

    private static final List<String> LIMITS =
            List.of("org.bytedeco.javacpp.maxbytes", "org.bytedeco.javacpp.maxphysicalbytes");

    private static final Pattern FULL = Pattern.compile("(?i)no space left|disk quota|not enough space");
    private static final Pattern BROKEN_DISK =
            Pattern.compile("(?i)read-only file system|too many open files|stale file handle|input/output error");

    private HostTrouble() {}

    /** Why the host cannot do the work, and what to do; empty if the error is of another kind. */
    public static Optional<String> reason(Throwable error) {
        var causes = causes(error);
        for (int i = causes.size() - 1; i >= 0; i--) { // a library that does not load may lack nothing but memory
            var reason = reasonOf(causes.get(i));
            if (reason != null) {
                return Optional.of(oneLine(reason));
            }
        }
        return Optional.empty();
    }

    /** The same for any error: where it is of another kind, what its innermost cause says. */
    public static String words(Throwable error) {
        return reason(error).orElseGet(() -> {
            var causes = causes(error);
            return oneLine(message(causes.get(causes.size() - 1)));
        });
    }

    /** Whether memory was short, in or outside of the Java heap. */
    public static boolean isMemory(Throwable error) {
        return causes(error).stream()
                .anyMatch(cause -> cause instanceof OutOfMemoryError
                        || (cause instanceof RuntimeException && isAllocation(cause)));
    }

    /** Whether it stays as it is until the process starts anew: memory, stack, libraries, the virtual machine; not the disk. */
    public static boolean isOfProcess(Throwable error) {
        return isMemory(error)
                || causes(error).stream()
                        .anyMatch(cause -> cause instanceof LinkageError || cause instanceof VirtualMachineError);
    }

    /** The error and its causes, outermost first. */
    private static List<Throwable> causes(Throwable error) {
        return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
                .limit(DEEPEST)
                .toList();
    }

    private static boolean isAllocation(Throwable error) {
        return ALLOCATION.matcher(message(error)).find();
    }

    private static String message(Throwable error) {
        return error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    private static @Nullable String reasonOf(Throwable error) {
        var message = message(error);
        if (error instanceof OutOfMemoryError) {
            return memory(message);
        }
        if (error instanceof StackOverflowError) {
            return String.format(
                    Locale.ROOT,
                    "the stack of the working thread is too small%s: start the service with JDK_JAVA_OPTIONS=-Xss16m",
                    place(error));
        }
        if (error instanceof LinkageError) {
            return String.format(
                    Locale.ROOT,
                    "a library does not load: %s; run `frl doctor`, and see docs/engines.md for the libraries that an engine needs",
                    library(error));
        }
        if (error instanceof VirtualMachineError || error instanceof ThreadDeath) {
            return String.format(
                    Locale.ROOT, "the Java virtual machine failed, so this worker ends: %s. Restart it", error);
        }
        if (error instanceof IOException) {
            return disk(error, message);
        }
        if (error instanceof RuntimeException && isAllocation(error)) {
            return nativeMemory(message);
        }
        return null;
    }

    private static String memory(String message) {
        if (HEAP.matcher(message).find()) {
            return String.format(
                    Locale.ROOT,
                    "out of memory (%s): the heap may grow to %s; raise FRL_HEAP, or lower training.batchSize",
                    message,
                    heap());
        }
        if (THREADS.matcher(message).find()) {
            return String.format(
                    Locale.ROOT,
                    "the host allows no more threads (%s): raise the limit of processes (ulimit -u), or lower FRL_THREADS",
                    message);
        }
        return nativeMemory(message);
    }

    private static String heap() {
        return String.format(Locale.ROOT, "%d MiB", Runtime.getRuntime().maxMemory() >> 20);
    }

    private static String nativeMemory(String message) {
        if (OWN_LIMIT.matcher(message).find()) {
            return String.format(
                    Locale.ROOT,
                    "the engine reached its limit of memory (%s): %s. Raise %s, or lower training.batchSize",
                    message,
                    LIMITS.stream()
                            .filter(limit -> System.getProperty(limit) != null)
                            .map(limit -> limit + " is " + System.getProperty(limit))
                            .collect(Collectors.collectingAndThen(
                                    Collectors.joining(", "),
                                    set -> set.isEmpty()
                                            ? String.format(
                                                    Locale.ROOT,
                                                    "by default it is that of the Java heap, %s, and twice that for the whole process",
                                                    heap())
                                            : set)),
                    LIMITS.stream().anyMatch(limit -> System.getProperty(limit) != null)
                            ? "it in JDK_JAVA_OPTIONS"
                            : String.format(
                                    Locale.ROOT,
                                    "FRL_HEAP, or set JDK_JAVA_OPTIONS=-D%s=BYTES and -D%s=BYTES",
                                    LIMITS.get(0),
                                    LIMITS.get(1)));
        }
        return String.format(
                Locale.ROOT,
                "the engine got no more memory (%s): lower training.batchSize or FRL_HEAP, or run fewer workers on this host",
                message);
    }

    private static @Nullable String disk(Throwable error, String message) {
        if (FULL.matcher(message).find()) {
            return String.format(
                    Locale.ROOT,
                    "the disk is full (%s): free space where FRL_HOME, FRL_CHECKPOINTS and FRL_DATA are",
                    message);
        }
        return error instanceof FileSystemException
                        || BROKEN_DISK.matcher(message).find()
                ? String.format(
                        Locale.ROOT,
                        "the disk of this host failed (%s): check where FRL_HOME, FRL_CHECKPOINTS and FRL_DATA are",
                        error)
                : null;
    }

    /** An initializer that failed hides what it lacks in its cause. */
    private static String library(Throwable error) {
        var cause = error instanceof ExceptionInInitializerError ? error.getCause() : null;
        return cause == null ? message(error) : message(cause);
    }

    private static String place(Throwable error) {
        var trace = error.getStackTrace();
        return trace.length == 0 ? "" : String.format(Locale.ROOT, " (in %s)", trace[0]);
    }
}
