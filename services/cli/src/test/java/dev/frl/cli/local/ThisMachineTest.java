package dev.frl.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.checkpoint.Safetensors;
import dev.frl.cli.Specs;
import dev.frl.cli.TestContext;
import dev.frl.cli.context.SpecPlaces;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThisMachineTest {
    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
        context.site = ThisMachine::of;
    }

    @Test
    void a_data_folder_that_is_not_there_is_a_problem_of_the_spec() throws Exception {
        // When
        int code = context.frl("validate", "--data", "nowhere", context.file("good.yaml", Specs.GOOD));

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString())
                .contains("line 6  spec.dataset.name is fashion-mnist; the data folder")
                .contains("nowhere does not exist or is not a folder");
    }

    @Test
    void damaged_data_is_a_problem_with_the_command_that_fixes_it() throws Exception {
        // Given
        for (String file : List.of("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")) {
            Files.writeString(
                    Files.createDirectories(directory.resolve("data")).resolve(file + "-ubyte.gz"), "rubbish");
        }

        // When
        int run = context.frl("run", "--data", "data", context.file("good.yaml", Specs.GOOD));
        int verified = context.frl("data", "verify", "fashion-mnist", "--data", "data");

        // Then
        assertThat(run).isEqualTo(2);
        assertThat(verified).isEqualTo(1);
        assertThat(context.err.toString())
                .contains("good.yaml: 1 problem, nothing was run")
                .contains("is damaged")
                .contains("frl data get fashion-mnist");
        assertThat(context.out.toString())
                .contains("data/train-images-idx3-ubyte.gz")
                .contains("damaged");
        assertThat(context.kafka.started).isEmpty();
    }

    @Test
    void weights_that_cannot_be_read_are_reported_at_the_line_that_names_them() throws Exception {
        // Given
        Path weights = directory.resolve("robust.safetensors");
        Files.writeString(weights, "rubbish");

        // When
        int code = context.frl("validate", "--data", "nowhere", context.file("warm.yaml", beginningFrom(weights)));

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString())
                .startsWith("warm.yaml: 2 problems\n")
                .contains("line 12  spec.warmStart.checkpoint is "
                        + weights.toUri().toString().replace("///", "/") + "; it cannot be used: ");
    }

    @Test
    void weights_of_another_net_are_reported_with_all_misfits() throws Exception {
        // Given
        Path weights = directory.resolve("robust.safetensors");
        try (var out = Files.newOutputStream(weights)) {
            Safetensors.write(Architectures.named("cnn-bn", 1, 28, 28, 10).initialState(1), Map.of(), out);
        }

        // When
        int code = context.frl("validate", context.file("warm.yaml", beginningFrom(weights)));

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString()).contains("its weights do not fit cnn-small: tensor");
    }

    @Test
    void weights_that_are_not_finite_or_have_unknown_names_are_reported_before_anything_is_run() throws Exception {
        // Given
        Path weights = directory.resolve("robust.safetensors");
        var tensors = new LinkedHashMap<>(
                Architectures.named("cnn-small", 1, 28, 28, 10).initialState(1).asMap());
        tensors.put("0.bias", new Floats(List.of(16), nan(16)));
        tensors.put("fc.weight", new Floats(List.of(1), new float[1]));
        try (var out = Files.newOutputStream(weights)) {
            Safetensors.write(NamedTensors.of(tensors), Map.of(), out);
        }

        // When
        int code = context.frl("run", context.file("warm.yaml", beginningFrom(weights)));

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString())
                .contains("its weights do not fit cnn-small: tensor 0.bias holds NaN at position 3;"
                        + " tensor fc.weight is not part of cnn-small");
        assertThat(context.kafka.started).isEmpty();
    }

    private static float[] nan(int size) {
        var values = new float[size];
        values[3] = Float.NaN;
        return values;
    }

    @Test
    void a_sweep_over_data_sets_is_checked_at_the_lines_that_name_them() {
        // Given
        var places = SpecPlaces.of(
                "spec:\n  sweep:\n    grid:\n      dataset.name:\n        - fashion-mnist\n        - other\n"
                        .getBytes(StandardCharsets.UTF_8));

        // When
        var found = places.of("dataset.name");

        // Then
        assertThat(found)
                .extracting(SpecPlaces.Place::line, SpecPlaces.Place::path, SpecPlaces.Place::text)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(5, "spec.sweep.grid.dataset.name[0]", "fashion-mnist"),
                        org.assertj.core.groups.Tuple.tuple(6, "spec.sweep.grid.dataset.name[1]", "other"));
    }

    @Test
    void values_that_are_drawn_or_that_are_groups_are_checked_at_their_lines_too() {
        // Given
        var drawn = SpecPlaces.of("""
                spec:
                  sweep:
                    random:
                      space:
                        dataset.name: {choice: [mnist, other]}
                """.getBytes(StandardCharsets.UTF_8));
        var groups = SpecPlaces.of("""
                spec:
                  sweep:
                    grid:
                      dataset:
                        - {name: mnist}
                        - {split: {train: 10}, name: other}
                        - {split: {train: 10}}
                """.getBytes(StandardCharsets.UTF_8));

        // When
        var choices = drawn.of("dataset.name");
        var members = groups.of("dataset.name");

        // Then
        assertThat(choices)
                .extracting(SpecPlaces.Place::line, SpecPlaces.Place::path, SpecPlaces.Place::text)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                5, "spec.sweep.random.space.dataset.name.choice[0]", "mnist"),
                        org.assertj.core.groups.Tuple.tuple(
                                5, "spec.sweep.random.space.dataset.name.choice[1]", "other"));
        assertThat(members)
                .extracting(SpecPlaces.Place::line, SpecPlaces.Place::path, SpecPlaces.Place::text)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(5, "spec.sweep.grid.dataset[0].name", "mnist"),
                        org.assertj.core.groups.Tuple.tuple(6, "spec.sweep.grid.dataset[1].name", "other"));
    }

    private static String beginningFrom(Path weights) {
        return Specs.with(
                String.format(
                        Locale.ROOT,
                        "  warmStart: {checkpoint: \"%s\"}\n  attack:\n",
                        weights.toUri().toString().replace("///", "/")),
                "  attack:\n");
    }
}
