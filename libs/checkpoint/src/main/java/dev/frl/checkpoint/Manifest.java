package dev.frl.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.frl.checkpoint.CheckpointException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code checkpoint.json}. Every field is required and no other is allowed:
 *
 * <pre>{@code
 * {
 *   "formatVersion" : 1,
 *   "runId" : "fashion-frl-3",
 *   "epoch" : 7,                                0 is the warm start
 *   "architecture" : "cnn-small",
 *   "inputShape" : [ 1, 28, 28 ],               channels, height, width
 *   "classes" : 10,
 *   "specSha256" : "…",                         of the canonical resolved spec
 *   "engine" : "dl4j",
 *   "created" : "2026-11-22T12:00:00Z",
 *   "files" : {                                 averaged.safetensors only if the run averages
 *     "averaged.safetensors" : { "bytes" : 336720, "sha256" : "…" },
 *     "model.safetensors" : { "bytes" : 336720, "sha256" : "…" },
 *     "optimizer.safetensors" : { "bytes" : 336720, "sha256" : "…" }
 *   }
 * }
 * }</pre>
 */
record Manifest(
        int formatVersion,
        String runId,
        int epoch,
        String architecture,
        List<Integer> inputShape,
        int classes,
        String specSha256,
        String engine,
        String created,
        Map<String, Entry> files) {
    static final String NAME = "checkpoint.json";
    static final String MODEL = "model.safetensors";
    static final String OPTIMIZER = "optimizer.safetensors";
    static final String AVERAGED = "averaged.safetensors";

    private static final int VERSION = 1;
    /** Size limit; a manifest has about 800 bytes. */
    static final int LIMIT_BYTES = 1 << 16;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(8).build())
                    .build())
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    /**
     * One file of the checkpoint.
     *
     * @param bytes size of the file
     * @param sha256 64 hex digits
     */
    record Entry(long bytes, String sha256) {
        Entry {
            if (bytes < 0 || !Sha256.isOne(sha256)) {
                throw new IllegalArgumentException("a file needs a size and a SHA-256 of 64 hex digits");
            }
        }
    }

    Manifest {
        inputShape = List.copyOf(inputShape);
        files = new TreeMap<>(files);
        if (formatVersion != VERSION) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "formatVersion is %d, this program reads %d", formatVersion, VERSION));
        }
        if (epoch < 0) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "epoch is %d; it must not be negative", epoch));
        }
        if (!files.keySet().containsAll(Set.of(MODEL, OPTIMIZER))
                || !Set.of(MODEL, OPTIMIZER, AVERAGED).containsAll(files.keySet())
                || files.containsValue(null)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "files are %s; expected %s, %s and perhaps %s",
                    files.keySet(),
                    MODEL,
                    OPTIMIZER,
                    AVERAGED));
        }
    }

    static Manifest of(String runId, int epoch, Provenance p, Map<String, Entry> files) {
        return new Manifest(
                VERSION,
                runId,
                epoch,
                p.architecture(),
                p.inputShape(),
                p.classes(),
                p.specSha256(),
                p.engine(),
                p.created().toString(),
                files);
    }

    Provenance provenance() {
        return new Provenance(architecture, inputShape, classes, specSha256, engine, Instant.parse(created));
    }

    /** Whether both describe the same checkpoint, possibly written at different times. */
    boolean sameButForTime(Manifest other) {
        return runId.equals(other.runId)
                && epoch == other.epoch
                && files.equals(other.files)
                && provenance().sameButForTime(other.provenance());
    }

    byte[] toBytes() throws JsonProcessingException {
        return JSON.writeValueAsBytes(this);
    }

    /**
     * Reads a manifest.
     *
     * @param directory directory with the manifest
     * @throws CheckpointException MISSING or UNREADABLE; names the wrong field
     */
    static Manifest read(Path directory) {
        var file = directory.resolve(NAME);
        try (var in = Files.newInputStream(file)) {
            return parse(in.readNBytes(LIMIT_BYTES + 1), file.toString());
        } catch (NoSuchFileException e) {
            throw new CheckpointException(Reason.MISSING, String.format(Locale.ROOT, "%s is missing", file), e);
        } catch (IOException e) {
            throw new CheckpointException(
                    Reason.UNREADABLE, String.format(Locale.ROOT, "%s cannot be read: %s", file, e), e);
        }
    }

    /**
     * Parses a manifest.
     *
     * @param name what messages call it
     * @throws CheckpointException UNREADABLE; names the wrong field
     */
    static Manifest parse(byte[] bytes, String name) {
        try {
            if (bytes.length > LIMIT_BYTES) {
                throw new CheckpointException(
                        Reason.UNREADABLE, String.format(Locale.ROOT, "%s has more than %d bytes", name, LIMIT_BYTES));
            }
            @Nullable Manifest manifest = JSON.readValue(bytes, Manifest.class);
            if (manifest == null) {
                throw new IllegalArgumentException("it holds null");
            }
            var unused = manifest.provenance(); // checks the remaining fields
            return manifest;
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    Reason.UNREADABLE,
                    String.format(Locale.ROOT, "%s is not a valid checkpoint.json: %s", name, e.getOriginalMessage()),
                    e);
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new CheckpointException(
                    Reason.UNREADABLE,
                    String.format(Locale.ROOT, "%s is not a valid checkpoint.json: %s", name, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw new CheckpointException(
                    Reason.UNREADABLE, String.format(Locale.ROOT, "%s cannot be read: %s", name, e), e);
        }
    }

    /** Whether this is the manifest of that run and epoch, by the names of their folders. */
    boolean isOf(String run, String epochName) {
        return runId.equals(run) && CheckpointNames.epoch(epoch).equals(epochName);
    }

    /** @throws CheckpointException ALTERED if this manifest is of another run or epoch */
    void requireOf(String run, String epochName, String name) {
        if (!isOf(run, epochName)) {
            throw new CheckpointException(
                    Reason.ALTERED,
                    String.format(Locale.ROOT, "%s describes run %s, epoch %d: it was moved here", name, runId, epoch));
        }
    }

    /** Name of the weights with this checksum. @throws CheckpointException ALTERED if none have it */
    String announced(String sha256, String checkpoint) {
        for (var name : List.of(MODEL, AVERAGED)) {
            var entry = files.get(name);
            if (entry != null && entry.sha256().equals(sha256)) {
                return name;
            }
        }
        throw new CheckpointException(
                Reason.ALTERED,
                String.format(
                        Locale.ROOT,
                        "checkpoint %s has no weights with SHA-256 %s; it lists %s",
                        checkpoint,
                        sha256,
                        files));
    }

    /** A file that every manifest lists, or that was seen in it. */
    Entry file(String name) {
        var entry = files.get(name);
        if (entry == null) {
            throw new AssertionError("a manifest lists " + name);
        }
        return entry;
    }
}
