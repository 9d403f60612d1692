package dev.frl.core.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RangeTest {
    @Test
    void an_end_belongs_to_the_range_where_its_bracket_is_closed() {
        // Given
        var range = Range.closedOpen(0, 1);

        // When
        // Then
        assertThat(range.contains(0)).isTrue();
        assertThat(range.contains(-0.0)).isTrue();
        assertThat(range.contains(Math.nextDown(1.0))).isTrue();
        assertThat(range.contains(1)).isFalse();
        assertThat(range.contains(-Double.MIN_VALUE)).isFalse();
        assertThat(Range.openClosed(0, 1).contains(0)).isFalse();
        assertThat(Range.openClosed(0, 1).contains(1)).isTrue();
        assertThat(Range.fromTo(1, 3).contains(3)).isTrue();
        assertThat(Range.above(1).contains(1)).isFalse();
        assertThat(Range.atLeast(1).contains(1)).isTrue();
    }

    @Test
    void what_is_no_number_is_in_no_range() {
        assertThat(Range.closed(0, 1).contains(Double.NaN)).isFalse();
        assertThat(Range.atLeast(0).contains(Double.NaN)).isFalse();
        assertThat(Range.atLeast(0).contains(Double.POSITIVE_INFINITY)).isFalse();
    }

    @Test
    void durations_are_compared_to_the_nanosecond() {
        // Given
        var range = Range.fromTo(Duration.ofSeconds(1), Duration.ofDays(30));

        // When
        // Then
        assertThat(range.contains(Duration.ofSeconds(1))).isTrue();
        assertThat(range.contains(Duration.ofSeconds(1).minusNanos(1))).isFalse();
        assertThat(range.contains(Duration.ofDays(30))).isTrue();
        assertThat(range.contains(Duration.ofDays(30).plusNanos(1))).isFalse();
    }

    @Test
    void a_range_says_itself_in_words() {
        assertThat(Range.closedOpen(0, 1).text()).isEqualTo("in [0, 1)");
        assertThat(Range.open(0, 0.5).text()).isEqualTo("in (0, 0.5)");
        assertThat(Range.fromTo(1, 100_000).text()).isEqualTo("from 1 to 100000");
        assertThat(Range.above(0).text()).isEqualTo("positive");
        assertThat(Range.above(1).text()).isEqualTo("above 1");
        assertThat(Range.atLeast(1).withRemark(" image").text()).isEqualTo("at least 1 image");
        assertThat(Range.fromTo(Duration.ofSeconds(1), Duration.ofDays(30)).text())
                .isEqualTo("from 1s to 30d");
        assertThat(Range.open(0, 1).named("an error fraction").withRemark("; for 5 points write 0.05"))
                .satisfies(r -> assertThat(r.text()).isEqualTo("an error fraction in (0, 1); for 5 points write 0.05"))
                .satisfies(r -> assertThat(r.interval()).isEqualTo("in (0, 1)"));
    }

    @Test
    void a_range_without_numbers_is_refused() {
        assertThatThrownBy(() -> Range.closed(1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
