package dev.frl.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.settings.Problems.InvalidSettings;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionTest {
    private static List<Integer> kept(int trained, IntPredicate keeps) {
        return IntStream.rangeClosed(0, trained).filter(keeps).boxed().toList();
    }

    @Test
    void the_last_epochs_and_the_best_one_are_kept() {
        assertThat(kept(9, e -> new Retention(3, true).keeps(e, 9, 4))).containsExactly(4, 7, 8, 9);
        assertThat(kept(9, e -> new Retention(3, true).keeps(e, 9, 8))).containsExactly(7, 8, 9);
        assertThat(kept(9, e -> new Retention(1, false).keeps(e, 9, 4))).containsExactly(9);
        assertThat(kept(2, e -> new Retention(5, false).keeps(e, 2, 0))).containsExactly(0, 1, 2);
        assertThat(kept(9, e -> new Retention(Integer.MAX_VALUE, false).keeps(e, 9, 4)))
                .hasSize(10);
    }

    @Test
    void epochs_after_the_last_one_are_kept() {
        assertThat(new Retention(1, false).keeps(10, 9, 4)).isTrue();
        assertThat(new Retention(1, false).keeps(Integer.MAX_VALUE, 9, 4)).isTrue();
    }

    /** A trainer that was out of office deletes by what it knew: nothing that any later trainer still keeps. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void what_is_no_longer_kept_after_one_epoch_is_kept_after_no_later_one(long seed) {
        var random = new SplittableRandom(seed);
        for (int run = 0; run < 1000; run++) {
            var retention = new Retention(1 + random.nextInt(5), random.nextBoolean());
            var gone = new TreeSet<Integer>();
            int best = 0;
            for (int trained = 1; trained < 30; trained++) {
                int now = trained;
                int then = best;
                assertThat(kept(now, e -> retention.keeps(e, now, then))).noneMatch(gone::contains);
                IntStream.rangeClosed(0, now)
                        .filter(e -> !retention.keeps(e, now, then))
                        .forEach(gone::add);
                best = best == 0 || random.nextInt(4) == 0 ? trained : best; // evaluated after it was trained
            }
        }
    }

    @Test
    void at_least_one_is_kept() {
        assertThatThrownBy(() -> new Retention(0, true)).isInstanceOf(InvalidSettings.class);
    }
}
