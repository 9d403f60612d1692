package dev.frl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import dev.frl.engine.net.StateMismatchException;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SafetensorsTest {
    @TempDir
    Path folder;

    static Stream<Arguments> others() {
        return Stream.of(
                Arguments.of("", "it is empty"),
                Arguments.of("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
                Arguments.of("<!DOCTYPE html><html>", "it is a web page"),
                Arguments.of("\u00ef\u00bb\u00bf\n<HTML>", "it is a web page"),
                Arguments.of("<?xml version='1.0'?><Error>", "or a server's error"),
                Arguments.of(
                        "{\"metadata\": {}, \"weight_map\": {}}",
                        "it is the index of weights that lie in several files"),
                Arguments.of("{\"error\": \"Not Found\"}", "it is JSON"),
                Arguments.of(
                        "PK\u0003\u0004............weights.safetensors",
                        "it is a zip archive that no torch.save wrote"),
                Arguments.of("PK\u0003\u0004............conv1.weight.npy", "it is an archive of NumPy"),
                Arguments.of("\u001f\u008b\u0008.....", "gunzip"),
                Arguments.of("\u0089HDF\r\n\u001a\n....", "it is a file of HDF5"),
                Arguments.of("GGUF\u0003......", "it is a file of llama.cpp"),
                Arguments.of("\u0093NUMPY\u0001.....", "it is a file of NumPy"));
    }

    @ParameterizedTest
    @MethodSource("others")
    void a_file_that_is_something_else_is_told_as_what_it_is(String content, String message) throws Exception {
        // Given
        var file = Files.write(folder.resolve("a.safetensors"), content.getBytes(StandardCharsets.ISO_8859_1));

        // When, Then
        assertThatThrownBy(() -> Safetensors.read(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    /** 0x4b50, 0x8b1f and the like are lengths too. */
    @ParameterizedTest
    @ValueSource(ints = {0x4b50, 0x8b1f, 0x213c, 0x227b})
    void a_header_of_any_length_is_a_header(int length) throws Exception {
        // Given
        var bytes =
                ByteBuffer.allocate(8 + length).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        bytes.put("{}".getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            bytes.put((byte) ' ');
        }
        var file = Files.write(folder.resolve("a.safetensors"), bytes.array());

        // When, Then
        assertThat(Safetensors.read(file).tensors().names()).isEmpty();
    }

    @Test
    void what_was_written_is_read_to_the_bit() throws IOException {
        // Given
        var large = new float[100_003];
        for (int i = 0; i < large.length; i++) {
            large[i] = Float.intBitsToFloat(i * 40_503);
        }
        var tensors = new LinkedHashMap<String, Tensor>();
        tensors.put("w", new Floats(List.of(100_003), large));
        tensors.put("n", new Longs(List.of(), new long[] {Long.MIN_VALUE}));
        tensors.put("many", new Longs(List.of(2, 5_000), new long[10_000]));

        // When
        var read = Safetensors.read(write(bytes(NamedTensors.of(tensors), Map.of("format", "pt", "epoch", "7"))));

        // Then
        assertThat(read.tensors()).isEqualTo(NamedTensors.of(tensors));
        assertThat(read.metadata()).containsExactlyInAnyOrderEntriesOf(Map.of("format", "pt", "epoch", "7"));
        assertThat(read.sha256()).isEqualTo(Sha256.of(folder.resolve("file")));
    }

    @Test
    void the_order_of_tensors_does_not_change_a_byte() throws IOException {
        // Given
        Tensor one = new Floats(List.of(1), new float[] {1});
        Tensor two = new Longs(List.of(1), new long[] {2});
        var forth = new LinkedHashMap<>(Map.of("a", one));
        forth.put("b", two);
        var back = new LinkedHashMap<>(Map.of("b", two));
        back.put("a", one);

        // When
        var bytes = bytes(NamedTensors.of(forth), Map.of());
        var others = bytes(NamedTensors.of(back), Map.of());

        // Then
        assertThat(bytes).isEqualTo(others);
    }

    @Test
    void no_tensors_at_all_are_a_valid_file() throws IOException {
        // When
        var read = Safetensors.read(write(bytes(NamedTensors.empty(), Map.of())));

        // Then
        assertThat(read.tensors().isEmpty()).isTrue();
    }

    @Test
    void what_is_wrong_is_said_with_file_and_tensor() throws IOException {
        refused(new byte[7], "it has 7 bytes, too few for the length of a header");
        refused(file(-1, "{}", 0), "length is given as 18446744073709551615 bytes");
        refused(file(1 << 30, "{}", 0), "expected 2 to 1048576");
        refused(file(100, "{}", 0), "the file has 2 more: it is cut off");
        refused(file(" {}", 0), "does not start with {");
        refused(file("{\"a\":", 0), "not valid JSON");
        refused(file("{} {}", 0), "continues after the last }");
        refused(file("{\"a\":1}", 0), "tensor a: expected START_OBJECT, found VALUE_NUMBER_INT");
        refused(file("{\"a\":{}}", 0), "tensor a: expected dtype, shape and data_offsets");
        refused(file("{\"__metadata__\":{\"k\":1}}", 0), "__metadata__.k: expected VALUE_STRING");
        refused(tensor("BF16", "[2]", "[0,4]", 4), "tensor a: dtype BF16; expected F32 or I64");
        refused(tensor("F32", "[0]", "[0,0]", 0), "tensor a: shape [0]");
        refused(tensor("F32", "[-1]", "[0,4]", 4), "tensor a: shape [-1]");
        refused(tensor("F32", "[65536,65536]", "[0,4]", 4), "tensor a: shape [65536, 65536]");
        refused(tensor("F32", "[9223372036854775807,2]", "[0,4]", 4), "tensor a: shape");
        refused(tensor("F32", "[99999999999999999999]", "[0,4]", 4), "not valid JSON");
        refused(tensor("F32", "[1.0]", "[0,4]", 4), "tensor a: shape: expected VALUE_NUMBER_INT");
        refused(tensor("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]", 4), "more than 8 numbers");
        refused(tensor("F32", "[1]", "[4,0]", 4), "tensor a: data_offsets [4, 0]");
        refused(tensor("F32", "[1]", "[0]", 4), "tensor a: data_offsets [0]");
        refused(tensor("F32", "[2]", "[0,4]", 4), "F32 of shape [2] takes 8 bytes, data_offsets [0, 4] are 4");
        refused(tensor("I64", "[1]", "[0,4]", 4), "I64 of shape [1] takes 8 bytes");
        refused(tensor("F32", "[1]", "[0,4]", 3), "take 4 bytes, the file has 3 for them: it is cut off");
        refused(tensor("F32", "[1]", "[0,4]", 6), "the file has 6 for them: 2 too many");
        refused(tensor("F32", "[1]", "[4,8]", 8), "tensor a begins at 4, the one before it ends at 0: there is a gap");
        refused(file(String.format(Locale.ROOT, "{\"a\":%s,\"b\":%s}", one(0), one(0)), 4), "they overlap");
        refused(file(String.format(Locale.ROOT, "{\"a\":%s,\"b\":%s}", one(0), one(8)), 12), "tensor b begins at 8");
        refused(file(String.format(Locale.ROOT, "{\"a\":%s,\"a\":%s}", one(0), one(4)), 8), "Duplicate field 'a'");
        refused(file("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 4), "Duplicate field 'dtype'");
        refused(file("{\"a\":{\"x\":1}}", 4), "tensor a: unknown field x");
        var notUtf8 = file(String.format(Locale.ROOT, "{\"a?\":%s}", one(0)), 4);
        notUtf8[11] = (byte) 0xff;
        refused(notUtf8, "its header is not UTF-8");
    }

    @Test
    void limits_hold_for_header_and_file() throws IOException {
        // Given
        var file = write(bytes(some(), Map.of()));

        // When, Then
        assertThatThrownBy(() -> Safetensors.read(file, new Safetensors.Limits(16, 1_000)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("expected 2 to 16");
        assertThatThrownBy(() -> Safetensors.read(file, new Safetensors.Limits(1_000, 100)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("more than the limit of 100");
    }

    @Test
    void what_is_no_file_is_told_from_what_is_no_regular_file() {
        assertThatThrownBy(() -> Safetensors.read(folder.resolve("nowhere")))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISSING));
        assertThatThrownBy(() -> Safetensors.read(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("not a regular file");
    }

    @Test
    void a_tensor_cannot_have_the_name_of_the_metadata() {
        // Given
        var tensors = NamedTensors.of(Map.of("__metadata__", new Floats(List.of(1), new float[1])));

        // When, Then
        assertThatThrownBy(() -> bytes(tensors, Map.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void no_mutation_makes_the_reader_crash_hang_or_take_much_memory() throws IOException {
        // Given
        var original = bytes(some(), Map.of("format", "pt"));
        Safetensors.read(write(original)); // loads classes
        var read = new AtomicInteger();
        var refused = new AtomicInteger();

        // When, Then
        Fuzz.run("safetensors", 20_000, 1 << 20, random -> {
            var file = write(random.nextBoolean() ? mutate(original, random) : Mutations.mutate(original, random));
            try {
                read.addAndGet(Safetensors.read(file).tensors().names().isEmpty() ? 0 : 1);
            } catch (CheckpointException expected) {
                assertThat(expected.reason()).isEqualTo(Reason.UNREADABLE);
                refused.incrementAndGet();
            }
        });
        assertThat(read)
                .as("mutations of values and names, which only a checksum can tell")
                .hasPositiveValue();
        assertThat(refused).hasPositiveValue();
    }

    @Test
    void no_mutation_of_a_pickle_is_read() {
        // Given: the beginnings of what torch.save writes: in a zip file, in its former format, and as text
        byte[][] originals = {
            "PK\u0003\u0004\0\0\b\b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\u000f\0\b\0robust/data.pklFB\0\0\u0080\u0002ccollections\nOrderedDict\nq\0)Rq\u0001."
                    .getBytes(StandardCharsets.ISO_8859_1),
            "\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.\u0080\u0002cposix\nsystem\nq\0U\u0004truetRq\u0001."
                    .getBytes(StandardCharsets.ISO_8859_1),
            "cposix\nsystem\n(S'true'\ntR.".getBytes(StandardCharsets.ISO_8859_1)
        };

        // When, Then
        Fuzz.run("pickles", 2_000, 1 << 20, random -> {
            var file = write(Mutations.mutate(originals[random.nextInt(originals.length)], random));
            assertThatThrownBy(() -> Safetensors.read(file))
                    .isInstanceOfSatisfying(
                            CheckpointException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.UNREADABLE));
        });
    }

    @Test
    void no_mutation_makes_an_import_crash_hang_or_take_much_memory() throws IOException {
        // Given
        var architecture = Architectures.named("linear", 1, 2, 2, 3);
        var original = bytes(architecture.initialState(1), Map.of());
        ForeignWeights.fitted(Safetensors.read(write(original)).tensors(), architecture);
        var fitted = new AtomicInteger();

        // When, Then
        Fuzz.run("imported weights", 5_000, 4 << 20, random -> {
            try {
                var found = Safetensors.read(write(Mutations.mutate(original, random)))
                        .tensors();
                ForeignWeights.fitted(found, architecture);
                fitted.incrementAndGet();
            } catch (CheckpointException | StateMismatchException expected) {
                assertThat(expected.getMessage()).isNotBlank();
            }
        });
        assertThat(fitted).hasPositiveValue();
    }

    @Test
    void no_mutation_makes_a_manifest_crash_hang_or_take_much_memory() throws IOException {
        // Given
        new CheckpointStore(folder.resolve("store"), List.of()).write("run", 1, SmallCheckpoint.checkpoint(1));
        byte[] original;
        try (var files = Files.walk(folder.resolve("store"))) {
            original = Files.readAllBytes(files.filter(file -> file.endsWith(Manifest.NAME))
                    .findFirst()
                    .orElseThrow());
        }
        Manifest.parse(original, Manifest.NAME);
        var read = new AtomicInteger();

        // When, Then
        Fuzz.run("manifest", 20_000, 4 << 20, random -> {
            try {
                Manifest.parse(Mutations.mutate(original, random), Manifest.NAME);
                read.incrementAndGet();
            } catch (CheckpointException expected) {
                assertThat(expected.getMessage()).isNotBlank();
            }
        });
        assertThat(read).hasPositiveValue();
    }

    private static NamedTensors some() {
        var tensors = new LinkedHashMap<String, Tensor>();
        tensors.put("0.weight", new Floats(List.of(2, 3), new float[] {1, 2, 3, 4, 5, 6}));
        tensors.put("0.bias", new Floats(List.of(2), new float[] {7, 8}));
        tensors.put("1.num_batches_tracked", new Longs(List.of(), new long[] {9}));
        return NamedTensors.of(tensors);
    }

    private void refused(byte[] content, String what) throws IOException {
        var file = write(content);
        assertThatThrownBy(() -> Safetensors.read(file))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREADABLE))
                .hasMessageStartingWith(file + " is not a usable safetensors file: ")
                .hasMessageContaining(what);
    }

    private Path write(byte[] content) throws IOException {
        return Files.write(folder.resolve("file"), content);
    }

    private static byte[] bytes(NamedTensors tensors, Map<String, String> metadata) throws IOException {
        var out = new ByteArrayOutputStream();
        Safetensors.write(tensors, metadata, out);
        return out.toByteArray();
    }

    private static String one(int begin) {
        return String.format(
                Locale.ROOT, "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}", begin, begin + 4);
    }

    private static byte[] tensor(String type, String shape, String offsets, int dataBytes) {
        return file(
                String.format(
                        Locale.ROOT,
                        "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}",
                        type,
                        shape,
                        offsets),
                dataBytes);
    }

    private static byte[] file(String header, int dataBytes) {
        return file(header.getBytes(StandardCharsets.UTF_8).length, header, dataBytes);
    }

    private static byte[] file(long length, String header, int dataBytes) {
        var bytes = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + bytes.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(bytes)
                .array();
    }

    /** Bits and bytes changed, digits of the header exchanged, its length altered, the file cut, or pieces doubled. */
    private static byte[] mutate(byte[] original, SplittableRandom random) {
        var bytes = original.clone();
        switch (random.nextInt(6)) {
            case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> {
                for (int i = random.nextInt(1, 6); i > 0; i--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
            }
            case 2 -> {
                for (int i = 8; i < bytes.length; i++) {
                    if (bytes[i] >= '0' && bytes[i] <= '9' && random.nextInt(8) == 0) {
                        bytes[i] = (byte) ('0' + random.nextInt(10));
                    }
                }
            }
            case 3 ->
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(0, random.nextLong() >>> random.nextInt(64));
            case 4 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 20));
            default -> {
                int from = random.nextInt(bytes.length);
                int length = random.nextInt(Math.min(60, bytes.length - from) + 1);
                int at = random.nextInt(bytes.length);
                var longer = new byte[bytes.length + length];
                System.arraycopy(bytes, 0, longer, 0, at);
                System.arraycopy(bytes, from, longer, at, length);
                System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
                bytes = longer;
            }
        }
        return bytes;
    }
}
