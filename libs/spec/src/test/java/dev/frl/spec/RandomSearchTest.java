package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.experiment.ExperimentPlan.Point;
import dev.frl.core.run.RunPlan;
import dev.frl.spec.group.Keys;
import dev.frl.spec.group.SweepKeys;
import dev.frl.spec.key.Key;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RandomSearchTest {
    private static final Map<String, String> SPACE = space();

    private static Map<String, String> space() {
        var space = new LinkedHashMap<String, String>();
        space.put("training.optimizer.learningRate", "{logUniform: [0.01, 0.3]}");
        space.put("training.optimizer.weightDecay", "{uniform: [0, 0.001]}");
        space.put("training.batchSize", "{integer: [32, 256]}");
        space.put("fairness.policy", "{choice: [none, frl-reweight, frl-reweight-remargin]}");
        return space;
    }

    private static String spec(int points, long seed, Map<String, String> space) {
        String entries = space.entrySet().stream()
                .map(e -> e.getKey() + ": " + e.getValue())
                .collect(Collectors.joining(", "));
        return Specs.MINIMAL
                + String.format(
                        Locale.ROOT, "  sweep: {random: {points: %d, seed: %d, space: {%s}}}\n", points, seed, entries);
    }

    private static String spec(int points, String entry) {
        return Specs.MINIMAL
                + String.format(Locale.ROOT, "  sweep: {random: {points: %d, space: {%s}}}\n", points, entry);
    }

    private static List<Map<String, String>> variants(ExperimentPlan plan) {
        return plan.points().stream().map(Point::variant).toList();
    }

    private static String problems(String spec) {
        return Specs.problems(spec).stream()
                .map(p -> p.path() + " " + p.message())
                .collect(Collectors.joining("\n"));
    }

    static Stream<String> searches() {
        return ScenarioFiles.admitted().stream().filter(spec -> spec.contains("random:"));
    }

    @ParameterizedTest
    @MethodSource("searches")
    void yaml_json_and_a_tree_are_the_same_plan(String yaml) throws IOException {
        // Given
        @SuppressWarnings("unchecked")
        var tree = (Map<String, Object>) Trees.parse(yaml);
        String json = new ObjectMapper().writeValueAsString(tree);

        // When
        var plan = Specs.admitted(json);

        // Then
        assertThat(plan).isEqualTo(Specs.admitted(yaml));
        assertThat(Specs.read(tree)).isEqualTo(new Admission.Admitted(plan));
    }

    static LongStream seeds() {
        return LongStream.range(0, 100);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void values_lie_within_their_distributions_and_read_well(long seed) {
        // When
        var plan = Specs.admitted(spec(40, seed, SPACE));

        // Then
        assertThat(plan.points()).hasSize(40).allSatisfy(point -> {
            var training = point.replicas().get(0).settings().training();
            assertThat(training.optimizer().learningRate()).isBetween(0.01, 0.3);
            assertThat(training.optimizer().weightDecay()).isBetween(0.0, 0.001);
            assertThat(training.batchSize()).isBetween(32, 256);
            assertThat(point.variant().keySet()).containsExactlyElementsOf(SPACE.keySet());
            assertThat(point.variant().get("training.optimizer.learningRate")).matches("0\\.[0-9]{1,5}");
            assertThat(point.variant().get("training.optimizer.weightDecay")).matches("0(\\.[0-9]{1,6})?");
        });
        assertThat(variants(plan)).doesNotHaveDuplicates();
        assertThat(plan.runs()).extracting(RunPlan::runId).doesNotHaveDuplicates();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_same_seed_draws_the_same_points_and_more_points_begin_with_the_same(long seed) {
        // When
        var some = variants(Specs.admitted(spec(10, seed, SPACE)));
        var more = variants(Specs.admitted(spec(25, seed, SPACE)));
        var other = variants(Specs.admitted(spec(10, seed + 1, SPACE)));

        // Then
        assertThat(variants(Specs.admitted(spec(10, seed, SPACE)))).isEqualTo(some);
        assertThat(more.subList(0, 10)).isEqualTo(some);
        assertThat(other).isNotEqualTo(some);
    }

    @ParameterizedTest
    @CsvSource({"1", "7", "-3", "9223372036854775807"})
    void points_are_those_of_a_reference_in_python(long seed) {
        // Given
        var lines = Specs.text(Specs.repository().resolve("libs/spec/src/test/resources/golden/random_search.csv"))
                .lines()
                .toList();
        var paths = Arrays.asList(lines.get(0).split(","));
        List<Map<String, String>> expected = new ArrayList<>();
        lines.stream()
                .map(line -> line.split(","))
                .filter(f -> f[0].equals(Long.toString(seed)))
                .forEach(fields -> {
                    var variant = new LinkedHashMap<String, String>();
                    IntStream.range(2, fields.length).forEach(i -> variant.put(paths.get(i), fields[i]));
                    expected.add(variant);
                });

        // When
        var variants = variants(Specs.admitted(spec(25, seed, SPACE)));

        // Then
        assertThat(expected).hasSize(25);
        assertThat(variants).isEqualTo(expected);
    }

    @Test
    void a_path_keeps_its_values_whatever_stands_beside_it() {
        // Given
        var reversed = new LinkedHashMap<String, String>();
        var paths = new ArrayList<>(SPACE.keySet());
        java.util.Collections.reverse(paths);
        paths.forEach(p -> reversed.put(p, SPACE.get(p)));
        reversed.put("training.beta", "{integer: [1, 6]}");

        // When
        var variants = variants(Specs.admitted(spec(10, 3, reversed)));

        // Then
        variants.forEach(v -> assertThat(v).containsKey("training.beta"));
        assertThat(variants.stream()
                        .map(v -> {
                            var rest = new LinkedHashMap<>(v);
                            rest.remove("training.beta");
                            return rest;
                        })
                        .toList())
                .isEqualTo(variants(Specs.admitted(spec(10, 3, SPACE))));
    }

    /** Else two paths would be drawn alike. */
    @Test
    void no_two_paths_that_can_be_swept_have_the_same_hash() {
        // Given
        var paths = Stream.concat(Keys.TABLE.all().stream().map(Key::path), Keys.TABLE.groups().keySet().stream())
                .filter(SweepKeys::isSweepable)
                .map(p -> p.substring("spec.".length()))
                .distinct()
                .toList();

        // When
        var hashes = new HashSet<Integer>();
        paths.forEach(p -> hashes.add(p.hashCode()));

        // Then
        assertThat(hashes).hasSameSizeAs(paths);
    }

    /** Bounds of five standard deviations; the draws follow from the seed, so this holds always or never. */
    @Test
    void draws_are_even() {
        // Given
        int points = 2000;
        String entries =
                "training.optimizer.learningRate: {logUniform: [0.001, 0.1]}, training.beta: {uniform: [0, 8]},"
                        + " dataset.split.seed: {integer: [0, 1000000]}, training.batchSize: {integer: [1, 4]},"
                        + " training.optimizer.nesterov: {choice: [true, false]}";

        // When
        var runs = Specs.admitted(spec(points, entries)).runs();

        // Then
        double deviation = 5 * Math.sqrt(points * 0.25);
        assertThat((double) count(runs, r -> r.settings().training().optimizer().learningRate() < 0.01))
                .isBetween(points / 2.0 - deviation, points / 2.0 + deviation);
        assertThat((double) count(runs, r -> r.settings().training().beta() < 4))
                .isBetween(points / 2.0 - deviation, points / 2.0 + deviation);
        assertThat((double) count(runs, r -> r.settings().training().optimizer().nesterov()))
                .isBetween(points / 2.0 - deviation, points / 2.0 + deviation);
        for (int size = 1; size <= 4; size++) {
            int of = size;
            assertThat((double) count(runs, r -> r.settings().training().batchSize() == of))
                    .isBetween(points / 4.0 - deviation, points / 4.0 + deviation);
        }
    }

    private static long count(List<RunPlan> runs, java.util.function.Predicate<RunPlan> which) {
        return runs.stream().filter(which).count();
    }

    @Test
    void a_small_space_is_drawn_whole() {
        // When
        var variants = variants(Specs.admitted(
                spec(6, "training.batchSize: {integer: [31, 33]}, fairness.policy: {choice: [none, frl-reweight]}")));

        // Then
        assertThat(variants).hasSize(6).doesNotHaveDuplicates();
    }

    @Test
    void a_space_that_is_too_small_is_refused_with_the_count() {
        assertThat(problems(spec(
                        7, "training.batchSize: {integer: [31, 33]}, fairness.policy: {choice: [none, frl-reweight]}")))
                .isEqualTo("spec.sweep.random.points is 7, but the space has only 6; draw at most 6, or widen"
                        + " spec.sweep.random.space");
        assertThat(problems(spec(2000, "training.beta: {uniform: [0, 1]}")))
                .isEqualTo(
                        "spec.sweep.random.points is 2000, but only 1,001 of at most 41,000 draws were different runs; draw at"
                                + " most 1,001, or widen spec.sweep.random.space");
    }

    @Test
    void a_draw_that_means_the_same_run_is_drawn_again() {
        // When
        var plan = Specs.admitted(
                spec(4, "training.averaging: {choice: [null, {}, {decay: 0.7}, {decay: 0.9}, {decay: 0.5}]}"));

        // Then
        assertThat(plan.runs()).extracting(RunPlan::canonicalSpec).hasSize(4).doesNotHaveDuplicates();
        assertThat(problems(
                        spec(5, "training.averaging: {choice: [null, {}, {decay: 0.7}, {decay: 0.9}, {decay: 0.5}]}")))
                .startsWith("spec.sweep.random.points is 5, but only 4 of at most 1,100 draws were different runs");
    }

    @Test
    void bounds_may_be_fractions_where_the_setting_may() {
        // When
        var plan = Specs.admitted(spec(20, "attack.training.epsilon: {uniform: [4/255, 8/255]}"));

        // Then
        assertThat(plan.runs())
                .allSatisfy(r ->
                        assertThat(r.settings().attack().training().epsilon()).isBetween(4 / 255.0, 8 / 255.0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            training.beta: {uniform: [6, 1]}          | training.beta.uniform is [6, 1]; the lower bound comes first and must be below the upper one
            training.beta: {uniform: [1, 1]}          | training.beta.uniform is [1, 1]; the lower bound comes first and must be below the upper one
            training.batchSize: {integer: [256, 32]}  | training.batchSize.integer is [256, 32]; the lower bound comes first and must be below the upper one
            training.beta: {logUniform: [0, 6]}       | training.beta.logUniform[0] is 0; it must be positive, since only positive numbers have a logarithm; write uniform for a range with 0
            training.beta: {uniform: [1]}             | training.beta.uniform has 1 bounds; it must be the lower and the upper bound, such as [0.01, 0.3]
            training.beta: {uniform: [1, 2, 3]}       | training.beta.uniform has 3 bounds; it must be the lower and the upper bound, such as [0.01, 0.3]
            training.beta: {uniform: 3}               | training.beta.uniform is 3; it must be the lower and the upper bound, such as [0.01, 0.3]
            training.beta: {uniform: [a, 6]}          | training.beta.uniform[0] is the text "a"; it must be a number
            training.beta: {uniform: [1, .inf]}       | training.beta.uniform[1] is .inf; it must be finite
            training.beta: {uniform: [1, 1001]}       | training.beta.uniform[1] is 1001; training.beta must be from 0 to 1000
            training.batchSize: {integer: [32.5, 64]} | training.batchSize.integer[0] is 32.5; it must be a whole number
            training.batchSize: {uniform: [32, 256]}  | training.batchSize.uniform gives fractions, but training.batchSize must be a whole number; write integer: [32, 256]
            fairness.policy: {uniform: [0, 1]}        | fairness.policy.uniform is for numbers, but fairness.policy must be one of none, baseline-reweight, frl-reweight, frl-remargin, frl-reweight-remargin; write choice: […]
            schedule.epochDeadline: {uniform: [1, 9]} | schedule.epochDeadline.uniform is for numbers, but schedule.epochDeadline must be a duration with its units, such as 90s, 10m or 1h30m; write choice: […]
            training.averaging: {uniform: [0, 1]}     | training.averaging.uniform is for numbers, but training.averaging is a group of settings; write choice: [{…}, {…}]
            training.beta: {}                         | training.beta is empty; it must be a distribution: one of uniform, logUniform, integer, choice
            training.beta: [1, 6]                     | training.beta is a list; it must be a distribution: one of uniform, logUniform, integer, choice; write {choice: [1, 6]}
            training.beta: 6                          | training.beta is 6; it must be a distribution: one of uniform, logUniform, integer, choice
            training.beta: {uniform: [1, 6], integer: [1, 6]} | training.beta has uniform and integer; a setting has one distribution: keep one of them
            training.beta: {loguniform: [1, 6]}       | training.beta.loguniform is not a distribution. Did you mean logUniform?
            training.beta: {randint: [1, 6]}          | training.beta.randint is not a distribution. Did you mean integer?
            training.beta: {gamma: [1, 6]}            | training.beta.gamma is not a distribution. Known here: uniform, logUniform, integer, choice
            training.beta: {choice: []}               | training.beta.choice is an empty list: there would be no run
            training.beta: {choice: 3}                | training.beta.choice is 3; it must be a list of values
            training.beta: {choice: [1, 1]}           | training.beta.choice[1] is 1, the same as [0]; every run must differ
            trainin.beta: {uniform: [1, 6]}           | trainin.beta is not a setting that can be swept. Did you mean training.beta?
            training.learningRate: {uniform: [0, 1]}  | training.learningRate is not a setting that can be swept. Did you mean training.optimizer.learningRate?
            """)
    void a_mistake_in_a_distribution_is_named_where_it_stands(String entry, String expected) {
        assertThat(problems(spec(3, entry))).isEqualTo("spec.sweep.random.space." + expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {points: 3}                                              | spec.sweep.random.space is missing: what to draw, such as {training.optimizer.learningRate: {logUniform: [0.01, 0.3]}}
            {space: {training.beta: {uniform: [1, 6]}}}              | spec.sweep.random.points is missing: how many points to draw
            {points: 3, space: {}}                                   | spec.sweep.random.space is empty: say what to draw, or drop random for a single run
            {points: 0, space: {training.beta: {uniform: [1, 6]}}}   | spec.sweep.random.points is 0; it must be from 1 to 10000
            {points: 10001, space: {training.beta: {uniform: [1, 6]}}} | spec.sweep.random.points is 10001; it must be from 1 to 10000
            {numSamples: 3, points: 1, space: {training.beta: {uniform: [1, 6]}}} | spec.sweep.random.numSamples is not a setting. Did you mean spec.sweep.random.points?
            """)
    void a_search_needs_its_parameters(String random, String expected) {
        assertThat(problems(Specs.MINIMAL + "  sweep: {random: " + random + "}\n"))
                .isEqualTo(expected);
    }

    @Test
    void both_parameters_are_asked_for_at_once() {
        assertThat(problems(Specs.MINIMAL + "  sweep: {random: {}}\n").lines()).hasSize(2);
    }

    @Test
    void a_grid_and_a_random_search_are_refused_together() {
        assertThat(
                        problems(
                                Specs.MINIMAL
                                        + "  sweep: {grid: {training.seed: [1, 2]}, random: {points: 3, space: {training.beta: {uniform: [6, 1]}}}}\n"))
                .isEqualTo(
                        "spec.sweep.random is given, but spec.sweep.grid is too; points come from a grid or are drawn: drop one"
                                + " of them\nspec.sweep.random.space.training.beta.uniform is [6, 1]; the lower bound comes first and must"
                                + " be below the upper one");
    }

    @Test
    void a_distribution_in_a_grid_is_sent_to_the_space() {
        assertThat(problems(Specs.MINIMAL + "  sweep: {grid: {training.beta: {uniform: [1, 6]}}}\n"))
                .isEqualTo(
                        "spec.sweep.grid.training.beta is a group of settings; it must be a list of values; distributions stand"
                                + " in spec.sweep.random.space");
    }

    @Test
    void what_does_not_fit_is_named_with_its_point() {
        // Given
        String few = Specs.MINIMAL.replace("{name: fashion-mnist}", "{name: fashion-mnist, split: {train: 60}}");
        String sweep =
                "  sweep: {random: {points: %d, space: {training.batchSize: %s, training.beta: {choice: [1, 2]}}}}\n";

        // When
        String listed = problems(few + String.format(Locale.ROOT, sweep, 4, "{choice: [20, 4000]}"));
        String drawn = problems(few + String.format(Locale.ROOT, sweep, 4, "{integer: [59, 62]}"));

        // Then
        assertThat(listed)
                .matches(
                        "spec\\.sweep\\.random\\.space\\.training\\.batchSize\\.choice\\[1] is 4000, more than the 60 images to"
                                + " train on; this is at 2 of 4 points, first at \\{training\\.batchSize: 4000, training\\.beta: [12]}");
        assertThat(drawn.lines())
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line)
                        .matches(
                                "spec\\.sweep\\.random\\.space\\.training\\.batchSize is 6[12], more than the 60 images to train"
                                        + " on; this is at .*\\{training\\.batchSize: 6[12], training\\.beta: [12]}"));
    }

    @Test
    void what_is_wrong_at_all_points_is_said_once_without_them() {
        // Given
        String yaml = spec(5, "training.beta: {uniform: [1, 6]}").replace("cnn-small", "cnn-smal");

        // When
        String problems = problems(yaml);

        // Then
        assertThat(problems)
                .isEqualTo(
                        "spec.model.arch is cnn-smal; there is no such architecture; known: cnn-small, cnn-bn, linear. Did you"
                                + " mean cnn-small?");
    }
}
