package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.errors.Tally;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunDecider;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunState;
import dev.frl.core.run.Work;
import dev.frl.core.settings.Part;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The preset of CIFAR-10 on a processor, whose epochs take hours, in simulated time. */
class LongEpochsTest {
    private static final Path PRESET = Path.of("..", "..", "examples", "cifar10-preactresnet18.yaml");

    private static final String SHA = "0".repeat(64);

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private @Nullable RunState state;
    private final List<RunEvent> events = new ArrayList<>();

    @Test
    void an_epoch_of_five_hours_and_an_evaluation_of_three_are_not_killed_while_workers_report_progress()
            throws IOException {
        // Given
        var plan = plan();
        input(new RunInput.Plan(plan, plan.settings().training().epochs()));
        input(new RunInput.Turn(plan.runId(), 1));
        input(trained(plan, 0));

        // When
        pass(Duration.ofHours(3), 51, new Work.Shard(Part.VALIDATION, 0, 0), plan);
        attackAll(plan);
        pass(Duration.ofHours(5), 60, new Work.EpochTraining(1), plan);
        input(trained(plan, 1));

        // Then
        assertThat(state().phase()).isEqualTo(Phase.EVALUATING);
        assertThat(events.stream().filter(e -> e instanceof RunEvent.TrainingRequested))
                .hasSize(1);
        assertThat(events.stream().filter(e -> e instanceof RunEvent.ShardsRequested))
                .hasSize(2);
        assertThat(events.stream().filter(e -> e instanceof RunEvent.Dropped)).isEmpty();
    }

    @Test
    void without_a_report_the_work_is_requested_again_after_the_deadline() throws IOException {
        // Given
        var plan = plan();
        input(new RunInput.Plan(plan, plan.settings().training().epochs()));
        input(new RunInput.Turn(plan.runId(), 1));
        input(trained(plan, 0));

        // When
        pass(plan.settings().deadlines().epoch().plusSeconds(5), 0, null, plan);

        // Then
        assertThat(events.stream().filter(e -> e instanceof RunEvent.ShardsRequested))
                .hasSize(2);
    }

    /** Lets time pass in the controller's steps, with a report every few seconds. */
    private void pass(Duration time, int everySeconds, @Nullable Work work, RunPlan plan) {
        for (long second = 5; second <= time.toSeconds(); second += 5) {
            now = now.plusSeconds(5);
            if (work != null && second % everySeconds < 5) {
                double share = (double) second / time.toSeconds();
                input(new RunInput.WorkProgressed(plan.runId(), work, 1, share, 12, "host", now));
            }
            input(new RunInput.Tick(plan.runId(), Instant.EPOCH));
        }
    }

    /** One image of each class in each shard. */
    private void attackAll(RunPlan plan) {
        var confusion = new long[100];
        for (int label = 0; label < 10; label++) {
            confusion[label * 11] = 1;
        }
        for (int shard = 0; shard < shards(plan); shard++) {
            input(new RunInput.ShardAttacked(
                    plan.runId(),
                    Part.VALIDATION,
                    0,
                    shard,
                    1,
                    SHA,
                    Tally.of(10, confusion, confusion),
                    Duration.ofHours(3),
                    "host",
                    "engine",
                    now));
        }
    }

    private static int shards(RunPlan plan) {
        return plan.settings().attack().of(Part.VALIDATION).shards();
    }

    private void input(RunInput input) {
        var decision = RunDecider.decide(state, input, now);
        state = decision.state();
        events.addAll(decision.events());
    }

    private RunState state() {
        if (state == null) {
            throw new AssertionError("no run");
        }
        return state;
    }

    private static RunPlan plan() throws IOException {
        var admission = new SpecReader(new StandardCatalogue()).read(Files.readAllBytes(PRESET));
        return ((Admission.Admitted) admission)
                .plan().runs().stream()
                        .filter(run -> run.warmStartRun() == null)
                        .findFirst()
                        .orElseThrow();
    }

    private RunInput.EpochTrained trained(RunPlan plan, int epoch) {
        var counts = Collections.nCopies(10, (long) shards(plan));
        return new RunInput.EpochTrained(
                plan.runId(),
                epoch,
                1,
                new CheckpointRef("file:/" + epoch, SHA),
                null,
                new DataManifest(Collections.nCopies(10, "class"), counts, counts),
                null,
                Duration.ofHours(5),
                "host",
                "engine",
                now);
    }
}
