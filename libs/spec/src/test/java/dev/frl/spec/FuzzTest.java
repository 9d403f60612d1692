package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.RunPlan;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.Admission.Rejected;
import dev.frl.spec.group.Keys;
import dev.frl.spec.key.Key;
import dev.frl.spec.tree.Json;
import dev.frl.spec.tree.YamlTree;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Spoiled specs, by seed: whatever they hold, the answer is a plan that keeps the rules or a list of problems. */
class FuzzTest {
    private static final int MUTATIONS = 10_000;
    private static final long MOST_BYTES = 512L << 20;
    private static final Duration SLOW = Duration.ofSeconds(5);

    private static final List<@Nullable Object> VALUES = Arrays.asList(
            null,
            "",
            "x",
            "8/255",
            "1/0",
            "10m",
            "none",
            "0",
            0,
            1,
            -1,
            7,
            1L << 40,
            0.5,
            -0.0,
            1e300,
            Double.NaN,
            Double.POSITIVE_INFINITY,
            0.1f,
            true,
            List.of(),
            List.of(0.5),
            List.of(1, 1),
            Map.of(),
            Map.of("name", "sgd"),
            new StringBuilder("utf8"),
            'c',
            Duration.ofSeconds(1),
            new java.math.BigInteger("9".repeat(50)));

    private static final List<String> EXAMPLES = List.of(
            example("fashion-mnist"),
            example("quickstart"),
            example("sweep-grid"),
            example("sweep-random"),
            example("sweep-asha"),
            json("fashion-mnist"),
            json("sweep-random"));

    private static String example(String name) {
        return Specs.text(Specs.repository().resolve("examples/" + name + ".yaml"));
    }

    /** As a program writes it that indents with tabs. */
    private static String json(String name) {
        return Json.pretty(Trees.parse(example(name))).replace("  ", "\t");
    }

    private static String seed(int i) {
        return EXAMPLES.get(i % EXAMPLES.size());
    }

    @Test
    void spoiled_bytes_are_admitted_or_rejected_and_nothing_else() {
        // When, Then
        Fuzz.run("text of a spec", MUTATIONS, MOST_BYTES, random -> {
            byte[] original = seed(random.nextInt(EXAMPLES.size())).getBytes(StandardCharsets.UTF_8);
            byte[] bytes = Mutations.mutate(original, random);
            check("", () -> new SpecReader(Specs.CATALOGUE).read(bytes));
        });
    }

    @Test
    void spoiled_trees_are_admitted_or_rejected_and_nothing_else() {
        // When, Then
        Fuzz.run("Avro record of a spec", MUTATIONS, MOST_BYTES, random -> {
            @SuppressWarnings("unchecked")
            var tree = (Map<String, Object>)
                    mutable(Trees.parse(seed(random.nextInt(EXAMPLES.size())).replace("\t", "  ")));
            for (int n = random.nextInt(1, 4); n > 0; n--) {
                spoil(tree, random);
            }
            check("", () -> new SpecReader(Specs.CATALOGUE).read(tree));
        });
    }

    @Test
    void a_file_full_of_one_thing_is_answered_soon() {
        for (String piece : Mutations.pieces()) {
            for (String begin : new String[] {"", "a: ", "a: {b: [", "- "}) {
                // Given
                byte[] spec = (begin
                                + piece.repeat(YamlTree.MAX_BYTES / piece.getBytes(StandardCharsets.UTF_8).length - 2))
                        .getBytes(StandardCharsets.UTF_8);

                // When
                // Then
                check(begin + piece, () -> new SpecReader(Specs.CATALOGUE).read(spec));
            }
        }
    }

    private interface Reading {
        Admission read();
    }

    private static void check(String as, Reading reading) {
        long start = System.nanoTime();
        Admission admission;
        try {
            admission = reading.read();
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError(as, e);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).as(as).isLessThan(SLOW);
        if (admission instanceof Rejected r) {
            assertThat(r.problems()).as(as).isNotEmpty().allSatisfy(p -> {
                assertThat(p.message()).isNotBlank().hasSizeLessThan(600);
                assertThat(p.toString().chars()).noneMatch(c -> c < 0x20);
            });
            return;
        }
        var plan = ((Admitted) admission).plan();
        assertThat(plan.runs()).as(as).isNotEmpty().extracting(RunPlan::runId).doesNotHaveDuplicates();
        assertThat(plan.runs()).as(as).allSatisfy(r -> assertThat(r.runId()).matches("[a-z0-9-]{1,100}"));
        RunPlan last = plan.runs().get(plan.runs().size() - 1);
        assertThat(CanonicalSpec.read(last.canonicalSpec())).as(as).isEqualTo(last.settings());
    }

    @SuppressWarnings("unchecked")
    private static void spoil(Map<String, Object> tree, SplittableRandom random) {
        Map<String, Object> group = tree;
        while (true) {
            var names = new ArrayList<>(group.keySet());
            if (names.isEmpty()) {
                return;
            }
            String name = names.get(random.nextInt(names.size()));
            if (group.get(name) instanceof Map<?, ?> inner && random.nextInt(8) != 0) {
                group = (Map<String, Object>) inner;
                continue;
            }
            Object value = VALUES.get(random.nextInt(VALUES.size()));
            Key<?> other = Keys.TABLE.all().get(random.nextInt(Keys.TABLE.all().size()));
            switch (random.nextInt(5)) {
                case 0 -> group.remove(name);
                case 1 -> putNullable(group, name + "x", group.remove(name));
                case 2 -> putNullable(group, other.name(), value);
                case 3 -> group.put(name, new ArrayList<>(Arrays.asList(group.get(name), 1)));
                default -> putNullable(group, name, value);
            }
            return;
        }
    }

    @SuppressWarnings("NullAway") // a field of a record that is not set
    private static void putNullable(Map<String, Object> group, String name, @Nullable Object value) {
        group.put(name, mutable(value));
    }

    @SuppressWarnings("NullAway") // null stays null
    private static Object mutable(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> map) {
            var copy = new LinkedHashMap<String, Object>();
            map.forEach((k, v) -> copy.put((String) k, mutable(v)));
            return copy;
        }
        return tree;
    }
}
