package dev.frl.data.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Lock on a folder: one download at a time among all threads and processes of this machine. Released if its process dies. */
public final class FolderLock implements AutoCloseable {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(15);
    private static final Duration POLL = Duration.ofMillis(200);

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws IOException if another download holds the lock for 15 minutes */
    public static FolderLock acquire(Path folder, Progress progress) throws IOException, InterruptedException {
        var file = folder.resolve(".lock");
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean acquired = false;
        try {
            long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
            while (!acquired) {
                acquired = tryLock(channel) != null;
                if (!acquired) {
                    if (System.nanoTime() - deadline > 0) {
                        throw new IOException(String.format(
                                Locale.ROOT,
                                "another download has held %s for %d minutes: end it, or try again later",
                                file,
                                LONGEST_WAIT.toMinutes()));
                    }
                    progress.at("waiting for another download", 0, -1);
                    Thread.sleep(POLL.toMillis());
                }
            }
            return new FolderLock(channel);
        } finally {
            if (!acquired) {
                channel.close();
            }
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by another thread of this process
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
