package dev.frl.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * Released schemas and messages. {@code src/main/resources/released/versions} lists the versions, oldest first; each has a
 * folder with {@code <Record>.avsc} and {@code <message>.bin} (single-object encoding).
 *
 * <p>To release: {@code mvn -pl schemas test -Dfrl.schemas.release=v2}, then commit the new files.
 */
final class Releases {
    static final String PROPERTY = "frl.schemas.release";
    private static final Path FOLDER = Path.of("src", "main", "resources", "released");
    private static final Path VERSIONS = FOLDER.resolve("versions");

    private Releases() {}

    static List<String> versions() {
        return Files.exists(VERSIONS) ? text(VERSIONS).lines().toList() : List.of();
    }

    static String newest() {
        var versions = versions();
        return versions.get(versions.size() - 1);
    }

    /** Schemas by record name. */
    static Map<String, Schema> schemas(String version) {
        var schemas = new TreeMap<String, Schema>();
        files(version, ".avsc").forEach((name, file) -> schemas.put(name, new Schema.Parser().parse(text(file))));
        return schemas;
    }

    /** Bytes of the golden messages by message name. */
    static Map<String, byte[]> messages(String version) {
        var messages = new TreeMap<String, byte[]>();
        files(version, ".bin").forEach((name, file) -> messages.put(name, bytes(file)));
        return messages;
    }

    /** @throws IllegalStateException if the version exists or is not v and a number */
    static void release(String version) throws IOException {
        Path folder = FOLDER.resolve(version);
        if (!version.matches("v[1-9][0-9]*") || Files.exists(folder)) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "%s cannot be released: a version is v and a number, and must not exist yet",
                    version));
        }
        Files.createDirectories(folder);
        for (var message : Golden.messages().entrySet()) {
            var record = message.getValue();
            Files.writeString(
                    folder.resolve(record.getSchema().getName() + ".avsc"),
                    record.getSchema().toString(true) + "\n");
            Files.write(folder.resolve(message.getKey() + ".bin"), encode(record));
        }
        var versions = new java.util.ArrayList<>(versions());
        versions.add(version);
        Files.writeString(VERSIONS, String.join("\n", versions) + "\n");
    }

    static byte[] encode(SpecificRecord record) throws IOException {
        var schema = record.getSchema();
        var out = new ByteArrayOutputStream();
        new BinaryMessageEncoder<SpecificRecord>(SpecificData.getForSchema(schema), schema).encode(record, out);
        return out.toByteArray();
    }

    private static Map<String, Path> files(String version, String ending) {
        var files = new TreeMap<String, Path>();
        try (var listing = Files.list(FOLDER.resolve(version))) {
            listing.forEach(file -> {
                String name = file.getFileName().toString();
                if (name.endsWith(ending)) {
                    files.put(name.substring(0, name.length() - ending.length()), file);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    private static String text(Path file) {
        return new String(bytes(file), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
