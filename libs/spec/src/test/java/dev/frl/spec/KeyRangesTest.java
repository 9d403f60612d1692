package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.Range;
import dev.frl.spec.group.Keys;
import dev.frl.spec.key.Key;
import java.util.List;
import java.util.Objects;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The range that a key shows is the one that its record checks. */
class KeyRangesTest {
    static Stream<Key<?>> keys() {
        return Keys.TABLE.all().stream()
                .filter(k -> k.range() != null && !k.rangeDoc().startsWith("`"))
                .filter(k -> List.of("integer", "number").contains(k.type().doc()));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void a_value_is_refused_with_the_range_in_words_if_and_only_if_it_is_outside(Key<?> key) {
        Range range = Objects.requireNonNull(key.range());
        double step = key.type().doc().equals("integer") ? 1 : 1e-9;
        for (double value : candidates(range, step).toArray()) {
            // Given
            var tree = DefaultsTest.base(key);
            Trees.put(tree, key.path(), step == 1 ? (Object) (long) value : (Object) value);

            // When
            boolean refused = Specs.read(tree) instanceof Admission.Rejected r
                    && r.problems().stream()
                            .anyMatch(p -> p.path().equals(key.path())
                                    && p.message().endsWith("; it must be " + range.text()));

            // Then
            assertThat(refused).as("%s: %s", key.path(), value).isEqualTo(!range.contains(value));
        }
    }

    private static DoubleStream candidates(Range range, double step) {
        return DoubleStream.of(
                        range.min() - step,
                        range.min(),
                        range.min() + step,
                        range.max() - step,
                        range.max(),
                        range.max() + step)
                .filter(Double::isFinite);
    }
}
