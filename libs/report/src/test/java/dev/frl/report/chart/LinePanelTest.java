package dev.frl.report.chart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinePanelTest {
    @Test
    void labels_at_the_ends_of_lines_are_moved_apart_and_keep_their_order() {
        // When
        double[] at = LinePanel.movedApart(new double[] {100, 101, 102, 250}, 30, 260);

        // Then
        assertThat(at).isSorted();
        assertThat(at[1] - at[0]).isGreaterThanOrEqualTo(13);
        assertThat(at[3]).isEqualTo(250);
    }
}
