package dev.frl.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.Work;
import dev.frl.worker.WorkMeter.Reading;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WorkMeterTest {
    private static final WorkItem ITEM = new WorkItem("run-1", new Work.EpochTraining(1), 2, 2);

    private long now = -7;
    private final WorkMeter meter = new WorkMeter(ITEM, () -> now, images -> {});

    @Test
    void the_first_report_is_due_after_five_seconds() {
        // Given
        meter.done(40, 200);
        seconds(4);
        var early = meter.due();

        // When
        seconds(1);
        var due = meter.due();

        // Then
        assertThat(early).isEmpty();
        assertThat(due).contains(new Reading(ITEM, 0.2, 8));
    }

    @Test
    void the_rate_is_that_since_the_report_before() {
        // Given
        meter.done(40, 200);
        seconds(5);
        meter.due();
        meter.done(140, 200);

        // When
        seconds(10);

        // Then
        assertThat(meter.due()).contains(new Reading(ITEM, 0.7, 10));
        assertThat(meter.due()).isEmpty();
    }

    @Test
    void while_no_image_was_done_only_the_first_report_is_due_which_says_that_the_work_was_taken() {
        // Given
        seconds(4);
        var early = meter.due();
        seconds(1);
        var taken = meter.due();
        seconds(60);
        var before = meter.due();
        meter.done(40, 200);
        meter.due();

        // When
        seconds(60);

        // Then
        assertThat(early).isEmpty();
        assertThat(taken).contains(new Reading(ITEM, 0, Double.NaN));
        assertThat(before).isEmpty();
        assertThat(meter.due()).isEmpty();
    }

    @Test
    void the_next_epoch_begins_anew() {
        // Given
        meter.done(200, 200);
        seconds(4);
        meter.begins(new Work.EpochTraining(2));
        seconds(4);
        meter.done(50, 200);
        var early = meter.due();

        // When
        seconds(1);

        // Then
        assertThat(early).isEmpty();
        assertThat(meter.due()).contains(new Reading(new WorkItem("run-1", new Work.EpochTraining(2), 2, 2), 0.25, 10));
    }

    private void seconds(int seconds) {
        now += TimeUnit.SECONDS.toNanos(seconds);
    }
}
