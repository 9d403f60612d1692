package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Files that are no specs, and files that mean harm. */
@Timeout(10)
class BoundsTest {
    private static String rejection(byte[] bytes) {
        return Specs.problems(new SpecReader(Specs.CATALOGUE).read(bytes), bytes.length + " bytes").stream()
                .map(SpecProblem::toString)
                .collect(Collectors.joining("\n"));
    }

    private static String rejection(String text) {
        return rejection(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void ten_megabytes_are_refused_at_once() {
        // Given
        byte[] large = new byte[10_000_000];
        long start = System.nanoTime();

        // When
        String rejection = rejection(large);

        // Then
        assertThat(rejection).isEqualTo("The spec has 10,000,000 bytes; at most 262,144 are read.");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void empty_files_are_refused() {
        assertThat(rejection("")).isEqualTo("The spec is empty.");
        assertThat(rejection("# nothing\n\n")).isEqualTo("The spec is empty.");
        assertThat(rejection("---\n...\n")).isEqualTo("The spec is empty.");
        assertThat(rejection("\uFEFF")).isEqualTo("The spec is empty.");
    }

    @Test
    void what_is_no_group_is_refused() {
        assertThat(rejection("hello"))
                .startsWith("line 1  The spec is the text \"hello\"; it must be a group of settings");
        assertThat(rejection("[1, 2]")).startsWith("line 1  The spec is a list; it must be a group of settings");
    }

    @Test
    void a_byte_order_mark_is_skipped() {
        assertThat(Specs.onlyRun("\uFEFF" + Specs.MINIMAL)).isEqualTo(Specs.onlyRun(Specs.MINIMAL));
    }

    @Test
    void line_ends_of_windows_are_skipped() {
        assertThat(Specs.onlyRun(Specs.MINIMAL.replace("\n", "\r\n"))).isEqualTo(Specs.onlyRun(Specs.MINIMAL));
    }

    @Test
    void bytes_that_are_not_utf_8_are_named() {
        assertThat(rejection("name: Müller".getBytes(StandardCharsets.ISO_8859_1)))
                .isEqualTo("line 1  The spec is not UTF-8: byte 8 is 0xFC. Save the file as UTF-8.");
        assertThat(rejection("a: 1\0".getBytes(StandardCharsets.UTF_8))).contains("U+0000");
        assertThat(rejection("a: 1\nb: 2\nc: \u00e9".getBytes(StandardCharsets.UTF_8))
                        .lines())
                .isNotEmpty();
    }

    @Test
    void a_second_document_is_refused() {
        assertThat(rejection(Specs.MINIMAL + "---\n" + Specs.MINIMAL))
                .isEqualTo("line 8  A second document begins here; write one experiment a file.");
    }

    @Test
    void broken_yaml_has_its_line() {
        assertThat(rejection("apiVersion: a\nspec: [1, 2\nkind: b\n")).startsWith("line 3  This is not YAML: ");
        assertThat(rejection("a: \"\\x\"\n")).startsWith("line 1  This is not YAML: ");
        assertThat(rejection("%YAML 9.9\n---\na: 1\n")).contains("This is not YAML: ");
    }

    @Test
    void a_billion_laughs_are_not_laughed() {
        // Given
        String bomb = IntStream.range(1, 20)
                .mapToObj(i -> String.format(Locale.ROOT, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1))
                .collect(Collectors.joining("", "a0: &a0 [lol]\n", ""));

        // When
        String rejection = rejection(bomb);

        // Then
        assertThat(rejection).contains("line 2  a1[0] is an alias; aliases (*name) are not read: write the value out");
    }

    @Test
    void deep_nesting_is_refused() {
        assertThat(rejection("[".repeat(200_000))).isEqualTo("line 1  Values are nested more than 24 deep.");
        assertThat(rejection("{a: ".repeat(60_000))).isEqualTo("line 1  Values are nested more than 24 deep.");
        assertThat(rejection("- ".repeat(120_000))).isEqualTo("line 1  Values are nested more than 24 deep.");
    }

    @Test
    void many_values_are_refused() {
        assertThat(rejection("a: [" + "1,".repeat(100_000) + "]"))
                .isEqualTo("line 1  The spec has more than 50,000 values.");
    }

    @Test
    void many_unknown_keys_are_listed_to_a_limit() {
        // Given
        String keys =
                IntStream.range(0, 12_000).mapToObj(i -> "key" + i + ": 1\n").collect(Collectors.joining());

        // When
        String rejection = rejection(keys);

        // Then
        assertThat(rejection.lines()).hasSize(201);
        assertThat(rejection).endsWith("There are more problems; the first 200 are listed.");
    }

    @Test
    void long_names_and_numbers_are_cut_in_messages() {
        assertThat(rejection("k".repeat(200_000) + ": 1")).hasSizeLessThan(4000);
        assertThat(rejection(Specs.MINIMAL.replace("0.1", "9".repeat(200_000)))).hasSizeLessThan(400);
        assertThat(rejection(Specs.MINIMAL.replace("0.1", "1e" + "9".repeat(200_000))))
                .hasSizeLessThan(400);
        assertThat(rejection(
                        Specs.MINIMAL.replace("0.1", "\"" + "1".repeat(100_000) + "/" + "1".repeat(100_000) + "\"")))
                .hasSizeLessThan(400);
    }

    @Test
    void more_than_ten_thousand_runs_are_refused_and_the_values_are_checked_all_the_same() {
        // Given
        String list = IntStream.range(0, 200).mapToObj(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
        String spec = Specs.MINIMAL
                + String.format(
                        Locale.ROOT,
                        "  sweep: {grid: {training.seed: %s, dataset.split.seed: %s, training.beta: [1, -1]}}",
                        list,
                        list);

        // When
        String rejection = rejection(spec);

        // Then
        assertThat(rejection).isEqualTo("""
                        line 8  spec.sweep.grid asks for 80,000 runs; at most 10,000: sweep less at once
                        line 8  spec.sweep.grid.training.beta[1] is -1; it must be from 0 to 1000""");
    }

    @Test
    void ten_thousand_runs_are_planned_in_a_few_seconds() {
        // Given
        String list = IntStream.range(0, 100).mapToObj(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
        String spec = Specs.MINIMAL
                + String.format(
                        Locale.ROOT,
                        "  warmStart: {}\n  sweep: {grid: {training.seed: %s, dataset.split.seed: %s}}",
                        list,
                        list);

        // When
        var plan = Specs.admitted(spec);

        // Then
        assertThat(plan.runs()).hasSize(20_000).extracting(r -> r.runId()).doesNotHaveDuplicates();
    }

    @Test
    void a_tree_that_holds_itself_is_refused() {
        // Given
        var tree = new LinkedHashMap<String, Object>(Trees.minimal());
        tree.put("spec", tree);

        // When
        var problems = Specs.problems(new SpecReader(Specs.CATALOGUE).read(tree), "itself");

        // Then
        assertThat(problems).anyMatch(p -> p.message().contains("nested more than 24 deep"));
    }

    @Test
    void a_wide_tree_is_refused() {
        // Given
        Map<String, Object> tree = Trees.minimal();
        Trees.put(tree, "spec.sweep.grid", Map.of("training.seed", java.util.Collections.nCopies(100_000, 1)));

        // When
        var problems = Specs.problems(new SpecReader(Specs.CATALOGUE).read(tree), "wide");

        // Then
        assertThat(problems).isEqualTo(List.of(new SpecProblem(null, "", "The spec has more than 50,000 values.")));
    }
}
