package dev.frl.service;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Recognizes failures of the host: memory, disk, libraries, the virtual machine. Each reason says what to do, in one line. */
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
        var cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            var reason = reasonOf(cause);
            if (reason != null) {
                return Optional.of(reason.replaceAll("\\s+", " ").strip());
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    /** Whether memory was short, in or outside of the Java heap. */
    public static boolean isMemory(Throwable error) {
        var cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            var message = String.valueOf(cause.getMessage());
            if (cause instanceof OutOfMemoryError
                    || (cause instanceof RuntimeException
                            && ALLOCATION.matcher(message).find())) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static @Nullable String reasonOf(Throwable error) {
        var message = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
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
                    "a library cannot be loaded on this host: %s. `frl doctor` checks the engine",
                    library(error));
        }
        if (error instanceof VirtualMachineError || error instanceof ThreadDeath) {
            return String.format(
                    Locale.ROOT, "the Java virtual machine failed, so this worker ends: %s. Restart it", error);
        }
        if (error instanceof IOException) {
            return disk(error, message);
        }
        if (error instanceof RuntimeException && ALLOCATION.matcher(message).find()) {
            return nativeMemory(message);
        }
        return null;
    }

    private static String memory(String message) {
        if (HEAP.matcher(message).find()) {
            return String.format(
                    Locale.ROOT,
                    "the Java heap of %s is full (%s): raise FRL_HEAP, or lower training.batchSize",
                    heap(),
                    message);
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
    private static Throwable library(Throwable error) {
        return error instanceof ExceptionInInitializerError && error.getCause() != null ? error.getCause() : error;
    }

    private static String place(Throwable error) {
        var trace = error.getStackTrace();
        return trace.length == 0 ? "" : String.format(Locale.ROOT, " (in %s)", trace[0]);
    }
}
