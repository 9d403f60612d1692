package dev.frl.core.failure;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is wrong with a file, a folder or its disk, and how to mend it, in words that people look for. Reads nothing. */
public final class FileTrouble {
    private static final int DEEPEST = 20;

    /** In the words of the C library, which Java and RocksDB repeat. They are English, since scripts start Java with those of the locale C. */
    private enum Kind {
        FULL("no space left|not enough space", "the disk is full", "free some space there"),
        QUOTA("quota exceeded", "the quota of this user is used up", "free some space there, or raise the quota"),
        TOO_LARGE(
                "file too large",
                "a file would be larger than this process or file system allows",
                "raise the limit (ulimit -f), or use another file system"),
        READ_ONLY("read-only file system", "the file system is read-only", "mount it writable"),
        NO_RIGHT(
                "permission denied|operation not permitted",
                "permission denied",
                "give it to the user of this process (chown; in Kubernetes securityContext.fsGroup)"),
        NO_FOLDER("not a directory", "a part of the path is a file, not a folder", "move that file away"),
        LONG_NAME(
                "file ?name too long",
                "a name in it is longer than the file system allows, which is 255 bytes on most",
                "choose a shorter one"),
        LOOP("too many levels of symbolic links", "symbolic links in it lead in a circle", "remove the link"),
        TOO_MANY("too many open files", "this process has too many open files", "raise the limit (ulimit -n)"),
        BROKEN("input/output error|stale file handle", "the disk does not answer", "check the disk and its mount");

        private final Pattern pattern;
        private final String what;
        private final String mend;

        Kind(String pattern, String what, String mend) {
            this.pattern = Pattern.compile("(?i)" + pattern);
            this.what = what;
            this.mend = mend;
        }
    }

    private FileTrouble() {}

    /** What is wrong, and how to mend it, to be read after a colon. */
    public static String words(IOException error) {
        var kind = kind(error);
        if (kind != null) {
            return words(kind, error);
        }
        if (error instanceof FileAlreadyExistsException exists) {
            return String.format(
                    Locale.ROOT,
                    "%s is a file, or a link that leads nowhere or in a circle, where a folder must be: move it away",
                    exists.getFile());
        }
        if (error instanceof NoSuchFileException missing) {
            return String.format(Locale.ROOT, "%s does not exist: create it, or mend the path", missing.getFile());
        }
        return String.valueOf(error.getMessage() == null ? error : error.getMessage())
                .replaceAll("\\s+", " ")
                .strip();
    }

    /** What is wrong with a disk, and how to mend it; empty if the error and its causes have nothing to do with one. */
    public static Optional<String> find(Throwable error) {
        var cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            var kind = cause instanceof IOException || isRocksDb(cause) ? kind(cause) : null;
            if (kind != null) {
                return Optional.of(words(kind, cause));
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    /** Whether there is no room, on the disk or in the user's share of it. */
    public static boolean isFull(Throwable error) {
        var kind = kind(error);
        return kind == Kind.FULL || kind == Kind.QUOTA;
    }

    private static boolean isRocksDb(Throwable error) {
        return error.getClass().getName().equals("org.rocksdb.RocksDBException");
    }

    private static @Nullable Kind kind(Throwable error) {
        if (error instanceof AccessDeniedException) {
            return Kind.NO_RIGHT;
        } else if (error instanceof NotDirectoryException) {
            return Kind.NO_FOLDER;
        } else if (error instanceof FileSystemLoopException) {
            return Kind.LOOP;
        }
        // Its message begins with paths, which may hold any word.
        var text = error instanceof FileSystemException e ? e.getReason() : error.getMessage();
        if (text != null) {
            for (Kind kind : Kind.values()) {
                if (kind.pattern.matcher(text).find()) {
                    return kind;
                }
            }
        }
        return null;
    }

    private static String words(Kind kind, Throwable error) {
        var file = error instanceof FileSystemException e ? e.getFile() : null;
        return file == null
                ? String.format(Locale.ROOT, "%s: %s", kind.what, kind.mend)
                : String.format(Locale.ROOT, "%s (%s): %s", kind.what, file, kind.mend);
    }
}
