package dev.frl.data.file;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * One file of a data set. Its checksum is the checksum of its uncompressed content, so it is valid for every compression of
 * the file and for the uncompressed file. The content of an archive, {@code .tar.gz}, is the file as it is published, because
 * its authors publish the checksum of that.
 *
 * @param name name, with {@code .gz} if the file is published compressed; a file that is not an archive may be stored
 *     uncompressed, without {@code .gz}
 * @param contentBytes size of the content
 * @param contentSha256 SHA-256 of the content, 64 lower-case hex digits
 */
public record DataFile(String name, long contentBytes, String contentSha256) {
    private static final int GZIP_FIRST = 0x1f;
    private static final int GZIP_SECOND = 0x8b;
    private static final int LAYERS = 2;
    private static final int FIRST_BYTES = 100;
    private static final int BUFFER = 1 << 16;

    public DataFile {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*") || contentBytes < 0 || !contentSha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "expected a plain file name, a size and 64 hex digits, got %s, %d, %s",
                    name,
                    contentBytes,
                    contentSha256));
        }
    }

    /**
     * The file of this name in the folder. Else one that differs from it in nothing but {@code .gz}, capitals, and dots or dashes
     * between its words, as other programs name it: {@code train-images.idx3-ubyte}. An empty file, as an interrupted download
     * leaves it, is taken only if there is no other.
     */
    public static Path find(Path folder, String name) {
        var file = folder.resolve(name);
        if (hasContent(file)) {
            return file;
        }
        try (var files = Files.newDirectoryStream(
                folder, found -> plain(found.getFileName().toString()).equals(plain(name)) && hasContent(found))) {
            return StreamSupport.stream(files.spliterator(), false)
                    .sorted()
                    .findFirst()
                    .orElse(file);
        } catch (IOException | DirectoryIteratorException e) {
            return file; // no such folder: the file is missing
        }
    }

    private static boolean hasContent(Path file) {
        try {
            return Files.isRegularFile(file) && Files.size(file) > 0;
        } catch (IOException e) {
            return false; // gone
        }
    }

    /** What names of the same file have in common. The {@code .gz} of an archive is a part of its name. */
    private static String plain(String name) {
        String lower = name.toLowerCase(Locale.ROOT).replaceFirst("\\.tgz$", ".tar.gz");
        return (isArchive(lower) ? lower : lower.replaceFirst("\\.gz$", ""))
                .replace('.', '-')
                .replace('_', '-');
    }

    private static boolean isArchive(String name) {
        return name.endsWith(".tar.gz");
    }

    /** Whether the folder has this file. The content is not checked. */
    public boolean isIn(Path folder) {
        return Files.isRegularFile(find(folder, name));
    }

    /**
     * Opens a file's content, uncompressed if it is gzip. The first two bytes decide, not the name. A file that a server or its
     * owner compressed once more is uncompressed twice: no content begins as gzip does.
     */
    public static InputStream content(Path file) throws IOException {
        var in = new BufferedInputStream(Files.newInputStream(file), BUFFER);
        try {
            for (int layer = 0; layer < LAYERS && isGzip(in); layer++) {
                in = new BufferedInputStream(new GZIPInputStream(in, BUFFER), BUFFER);
            }
            return in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    private static boolean isGzip(InputStream in) throws IOException {
        in.mark(2);
        boolean gzip = in.read() == GZIP_FIRST && in.read() == GZIP_SECOND;
        in.reset();
        return gzip;
    }

    /** Verifies this file in a folder. Reads the whole file, but never much more than its published size. */
    public FileCheck checkIn(Path folder) {
        return check(find(folder, name));
    }

    /** Verifies the given file. */
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
                    file,
                    FileCheck.Status.DAMAGED,
                    contentSha256,
                    String.format(Locale.ROOT, "%s, after %d bytes", reason(e), bytes));
        }
        if (bytes != contentBytes) {
            var size = bytes > contentBytes
                    ? String.format(Locale.ROOT, "more than %d", contentBytes)
                    : String.valueOf(bytes);
            return new FileCheck(
                    file,
                    FileCheck.Status.DAMAGED,
                    contentSha256,
                    String.format(
                            Locale.ROOT, "%s bytes of content instead of %d%s", size, contentBytes, instead(file)));
        }
        var found = HexFormat.of().formatHex(digest.digest());
        var status = found.equals(contentSha256) ? FileCheck.Status.OK : FileCheck.Status.DAMAGED;
        return new FileCheck(file, status, contentSha256, found);
    }

    /** What else the file is, if its first characters tell; follows a reason. */
    private static String instead(Path file) {
        String first;
        try (var in = content(file)) {
            first = new String(in.readNBytes(FIRST_BYTES), StandardCharsets.ISO_8859_1)
                    .strip()
                    .toLowerCase(Locale.ROOT);
        } catch (IOException e) {
            return "";
        }
        if (first.startsWith("version https://git-lfs")) {
            return ": it is a pointer of Git LFS, in place of which git lfs pull puts the file";
        }
        if (first.startsWith("matlab 7.3")) {
            return ": it is of MATLAB 7.3 (HDF5), and the published file of MATLAB 5";
        }
        return first.startsWith("<") ? ": it is a web page, such as a login or an error" : "";
    }

    /** The reason in plain words; follows the file's name and a colon in messages. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file";
        }
        if (e instanceof EOFException) {
            return "it is cut off";
        }
        if (e instanceof ZipException) {
            return String.format(Locale.ROOT, "its compressed data are damaged (%s)", e.getMessage());
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
