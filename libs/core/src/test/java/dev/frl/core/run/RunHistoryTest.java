package dev.frl.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.FairnessSettings.Policy;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RunHistoryTest {
    private static final Instant AT = Instant.EPOCH;

    private final RunPlan plan = Plans.plan("r", Policy.NONE, 2, 1, 3, null);
    private final RunHistory history = new RunHistory(new RunEvent.Planned(plan, AT));

    @Test
    void a_stopped_run_has_ended_and_has_not_finished() {
        // When
        history.add(new RunEvent.Stopped(plan.runId(), "by a user", AT));

        // Then
        assertThat(history.end()).containsInstanceOf(RunEvent.Stopped.class);
        assertThat(history.finished()).isFalse();
    }

    @Test
    void a_reopened_run_has_no_end_until_its_next_one() {
        // When
        history.add(new RunEvent.Failed(plan.runId(), "no space", AT));
        history.add(new RunEvent.Reopened(plan.runId(), 2, "retry", AT));
        var between = history.end();
        history.add(new RunEvent.Finished(plan.runId(), AT));

        // Then
        assertThat(between).isEmpty();
        assertThat(history.finished()).isTrue();
    }
}
