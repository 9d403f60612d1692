package dev.frl.data.file;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * One file of a data set. Its checksum is that of its content: uncompressed, so it holds whoever compressed the file, and
 * for a file that was uncompressed. The content of an archive, {@code .tar.gz}, is the file as it is published, because that
 * is what its authors give a checksum of.
 *
 * @param name with {@code .gz} if it is published compressed; unless it is an archive, the file may lie there without
 * @param contentBytes size of the content
 * @param contentSha256 SHA-256 of the content, 64 lower-case hex digits
 */
public record DataFile(String name, long contentBytes, String contentSha256) {
    private static final int GZIP_FIRST = 0x1f;
    private static final int GZIP_SECOND = 0x8b;
    private static final int BUFFER = 1 << 16;

    public DataFile {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*") || contentBytes < 0 || !contentSha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("expected a plain file name, a size and 64 hex digits, got %s, %d, %s"
                    .formatted(name, contentBytes, contentSha256));
        }
    }

    /** The file of this name in the folder, or the same without {@code .gz} where only that is there. */
    public static Path find(Path folder, String name) {
        var file = folder.resolve(name);
        if (!Files.exists(file) && name.endsWith(".gz") && !isArchive(name)) {
            var uncompressed = folder.resolve(name.substring(0, name.length() - ".gz".length()));
            if (Files.exists(uncompressed)) {
                return uncompressed;
            }
        }
        return file;
    }

    private static boolean isArchive(String name) {
        return name.endsWith(".tar.gz");
    }

    /** Whether the folder has this file; says nothing about its content. */
    public boolean isIn(Path folder) {
        return Files.isRegularFile(find(folder, name));
    }

    /** Opens a file's content, uncompressed if it is gzip. Told by the first two bytes, not by the name. */
    public static InputStream content(Path file) throws IOException {
        var in = new BufferedInputStream(Files.newInputStream(file), BUFFER);
        try {
            in.mark(2);
            boolean gzip = in.read() == GZIP_FIRST && in.read() == GZIP_SECOND;
            in.reset();
            return gzip ? new GZIPInputStream(in, BUFFER) : in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /** What is found in a folder in place of this file. Reads it whole, but never much more than it should hold. */
    public FileCheck checkIn(Path folder) {
        return check(find(folder, name));
    }

    /** What is found in the given file. */
    FileCheck check(Path file) {
        var digest = sha256();
        long bytes = 0;
        try (var in = isArchive(name) ? Files.newInputStream(file) : content(file)) {
            var buffer = new byte[BUFFER];
            int read = in.read(buffer);
            while (read >= 0 && bytes <= contentBytes) {
                digest.update(buffer, 0, read);
                bytes += read;
                read = in.read(buffer);
            }
        } catch (NoSuchFileException e) {
            return new FileCheck(file, FileCheck.Status.MISSING, contentSha256, "no such file");
        } catch (IOException e) {
            return new FileCheck(
                    file, FileCheck.Status.DAMAGED, contentSha256, "%s, after %d bytes".formatted(reason(e), bytes));
        }
        if (bytes != contentBytes) {
            var size = bytes > contentBytes ? "more than %d".formatted(contentBytes) : String.valueOf(bytes);
            return new FileCheck(
                    file,
                    FileCheck.Status.DAMAGED,
                    contentSha256,
                    "%s bytes of content in place of %d".formatted(size, contentBytes));
        }
        var found = HexFormat.of().formatHex(digest.digest());
        var status = found.equals(contentSha256) ? FileCheck.Status.OK : FileCheck.Status.DAMAGED;
        return new FileCheck(file, status, contentSha256, found);
    }

    /** In words for a person, as it follows the file's name and a colon. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file";
        }
        if (e instanceof EOFException) {
            return "it is cut off";
        }
        if (e instanceof ZipException) {
            return "its compressed data are damaged (%s)".formatted(e.getMessage());
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
