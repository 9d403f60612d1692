package dev.frl.engine.contract;

import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Values that PyTorch computed, written by golden/make_golden.py. A line is {@code name [shape] values}. */
final class GoldenFile {
    private final Map<String, String[]> lines = new LinkedHashMap<>();

    GoldenFile(String name) {
        try (var stream = Objects.requireNonNull(GoldenFile.class.getResourceAsStream(name), name)) {
            new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.split(" ", 3))
                    .forEach(line -> lines.put(line[0], line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    float[] floats(String name) {
        var doubles = values(name).mapToDouble(Double::parseDouble).toArray();
        var floats = new float[doubles.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) doubles[i];
        }
        return floats;
    }

    long[] longs(String name) {
        return values(name).mapToLong(Long::parseLong).toArray();
    }

    /** All lines whose names begin with a prefix, by the rest of their names. */
    NamedTensors tensors(String prefix) {
        var tensors = new LinkedHashMap<String, Tensor>();
        lines.keySet().stream().filter(name -> name.startsWith(prefix)).forEach(name -> {
            boolean counts = name.endsWith("num_batches_tracked");
            tensors.put(
                    name.substring(prefix.length()),
                    counts ? new Longs(shape(name), longs(name)) : new Floats(shape(name), floats(name)));
        });
        return NamedTensors.of(tensors);
    }

    private List<Integer> shape(String name) {
        var brackets = line(name)[1];
        var inside = brackets.substring(1, brackets.length() - 1);
        return inside.isEmpty()
                ? List.of()
                : Stream.of(inside.split(",")).map(Integer::valueOf).toList();
    }

    private Stream<String> values(String name) {
        return Arrays.stream(line(name)[2].split(" "));
    }

    private String[] line(String name) {
        return Objects.requireNonNull(lines.get(name), name);
    }
}
