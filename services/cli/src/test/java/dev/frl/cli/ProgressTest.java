package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.cli.local.DownloadProgress;
import dev.frl.cli.run.RunHistories;
import dev.frl.cli.run.RunProgress;
import dev.frl.cli.terminal.Bar;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.LiveArea;
import dev.frl.cli.terminal.Meter;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Terminal;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.Work;
import dev.frl.core.settings.Part;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bars, rates, live lines and their formats. */
class ProgressTest {
    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
    }

    @ParameterizedTest
    @CsvSource({
        "0, '[          ]'",
        "0.5, '[█████     ]'",
        "0.5499, '[█████▍    ]'",
        "0.999, '[█████████▉]'",
        "1, '[██████████]'",
        "7, '[██████████]'",
        "NaN, '[          ]'"
    })
    void a_bar_fills_by_eighths(double share, String bar) {
        assertThat(Bar.of(share, 10, true)).isEqualTo(bar);
    }

    @Test
    void a_terminal_without_unicode_gets_a_plain_bar() {
        assertThat(Bar.of(0.5, 10, false)).isEqualTo("[#####>    ]");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 s", "59, 59 s", "60, 1 min", "200, 3 min 20 s", "1499, 25 min", "7500, 2 h 5 min", "180000, 2 d"})
    void durations_are_written_for_people(long seconds, String words) {
        assertThat(HumanFormat.duration(Duration.ofSeconds(seconds)).replace("ays", ""))
                .isEqualTo(words);
    }

    @Test
    void a_rate_is_that_of_the_window_and_excludes_the_work_before_the_first_sample() {
        // Given
        var meter = new Meter(Duration.ofSeconds(10), Duration.ofSeconds(1));

        // When
        meter.sample(context.now, 1000);
        for (int second = 1; second <= 30; second++) {
            meter.sample(context.now.plusSeconds(second), 1000 + (second <= 20 ? second : 20 + 5 * (second - 20)));
        }

        // Then
        assertThat(meter.rate()).hasValueCloseTo(5.0, org.assertj.core.data.Offset.offset(0.5));
        assertThat(meter.left(1120))
                .hasValueSatisfying(left -> assertThat(left).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(12)));
    }

    @Test
    void an_unknown_rate_is_empty() {
        // Given
        var meter = new Meter(Duration.ofSeconds(10), Duration.ofSeconds(1));

        // When
        meter.sample(context.now, 5);
        meter.sample(context.now.plusSeconds(5), 5);

        // Then
        assertThat(meter.rate()).isEmpty();
        assertThat(meter.left(10)).isEmpty();
    }

    @Test
    void a_download_is_a_bar_with_rate_and_time_left_on_a_terminal() {
        // Given
        context.onTerminal(100);
        try (var progress = new DownloadProgress(context.context())) {
            // When
            for (int mb = 0; mb <= 5; mb++) {
                progress.at("images.gz", mb * 1_000_000L, 10_000_000);
                context.advance(Duration.ofSeconds(1));
            }
        }

        // Then
        assertThat(context.err.toString())
                .contains(
                        "\u001b[1Aimages.gz  [██████████          ]  50%  5.0 MB of 10.0 MB, 1.0 MB/s, 5 s left\u001b[K\n")
                .endsWith("\r\u001b[1A\u001b[Jimages.gz: 5.0 MB in 6 s\n");
    }

    @Test
    void a_download_is_a_few_plain_lines_when_piped() {
        // Given
        try (var progress = new DownloadProgress(context.context())) {
            // When
            for (int mb = 0; mb <= 20; mb++) {
                progress.at("images.gz", mb * 1_000_000L, 20_000_000);
                context.advance(Duration.ofSeconds(1));
            }
        }

        // Then
        assertThat(context.err.toString()).isEqualTo("""
                images.gz: 0%, 0 B of 20.0 MB
                images.gz: 50%, 10.0 MB of 20.0 MB, 1.0 MB/s, 10 s left
                images.gz: 100%, 20.0 MB of 20.0 MB, 1.0 MB/s, 0 s left
                images.gz: 20.0 MB in 21 s
                """);
    }

    @Test
    void lines_are_cut_to_the_window_and_colours_do_not_count() {
        // Given
        var out = new StringWriter();
        var area = new LiveArea(new PrintWriter(out), () -> new Terminal.Size(20, 5));

        // When
        area.show(List.of("0123456789012345678901234", "\u001b[32mgreen\u001b[0m", "3", "4", "5", "6"));

        // Then
        assertThat(out.toString())
                .isEqualTo("0123456789012345...\u001b[K\n\u001b[32mgreen\u001b[0m\u001b[K\n3\u001b[K\n4\u001b[K\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            failed: the loss is not finite | 30 | failed: the loss is not finite
            failed: the loss is not finite | 29 | failed: the loss is not...
            failed: the loss is not finite | 22 | failed: the loss is...
            unbreakable                    | 10 | unbreak...
            """)
    void a_long_line_is_cut_at_a_word_boundary(String line, int width, String cut) {
        assertThat(LiveArea.cut(line, width)).isEqualTo(cut);
    }

    @Test
    void a_cut_line_keeps_its_colours() {
        assertThat(LiveArea.cut("\u001b[31mfailed: out of memory\u001b[0m", 18))
                .isEqualTo("\u001b[31mfailed: out of...\u001b[0m");
    }

    @Test
    void other_lines_are_printed_above() {
        // Given
        var out = new StringWriter();
        var area = new LiveArea(new PrintWriter(out), () -> Terminal.Size.USUAL);

        // When
        area.show(List.of("a", "b"));
        area.above("warning: look");
        area.show(List.of("c"));
        area.clear();

        // Then
        assertThat(out.toString())
                .isEqualTo("a\u001b[K\nb\u001b[K\n"
                        + "\r\u001b[2A\u001b[Jwarning: look\na\nb\n"
                        + "\r\u001b[2Ac\u001b[K\n\u001b[J"
                        + "\r\u001b[1A\u001b[J");
    }

    @Test
    void runs_are_shown_with_phase_epoch_shards_and_worst_class() {
        // Given
        var plans = FakeKafka.plan(Specs.GOOD).runs();
        var histories = new RunHistories();
        var progress = new RunProgress("small", plans, histories, context.onTerminal(100).terminal, context.now);
        progress.lines(context.now, 20);
        FakeRun.finished(plans.get(0), context.now).forEach(histories::add);
        new FakeRun(plans.get(1), context.now)
                .requested()
                .epoch(0)
                .trained(1)
                .evaluation(1)
                .addTo(histories);

        // When
        var lines = progress.lines(context.now.plusSeconds(60), 20);

        // Then
        assertThat(lines)
                .containsExactly(
                        "small  [" + "█".repeat(17) + "▎      ]  72%  3/4 epochs, 3.0 epochs/min, 23 s left",
                        "  none, seed 1            2/2  finished        worst class cat, 60.0% robust error",
                        "  frl-reweight, seed 1    1/2  evaluating 1/2  worst class cat, 60.0% robust error");
    }

    @Test
    void progress_within_an_epoch_and_an_evaluation_moves_the_bar() {
        // Given
        var plans = FakeKafka.plan(Specs.GOOD).runs();
        var histories = new RunHistories();
        var progress = new RunProgress("small", plans, histories, context.onTerminal(120).terminal, context.now);
        var training = new FakeRun(plans.get(0), context.now).requested().epoch(0);
        var evaluation = new FakeRun(plans.get(1), context.now)
                .requested()
                .epoch(0)
                .trained(1)
                .evaluation(1);

        // When
        training.progressed(new Work.EpochTraining(1), 0.01).addTo(histories);
        evaluation.addTo(histories);
        var before = progress.lines(context.now, 20);
        training.progressed(new Work.EpochTraining(1), 0.37).addTo(histories);
        evaluation.progressed(new Work.Shard(Part.VALIDATION, 1, 1), 0.5).addTo(histories);
        var after = progress.lines(context.now, 20);

        // Then: not the time since the beginning of the epoch counts, but what its trainer reports
        assertThat(before)
                .containsExactly(
                        "small  [" + "█".repeat(6) + "▋                 ]  27%  1/4 epochs",
                        "  none, seed 1            0/2  training, 1%    worst class cat, 60.0% robust error  812 images/s on gpu-3",
                        "  frl-reweight, seed 1    1/2  evaluating 1/2  worst class cat, 60.0% robust error");
        assertThat(after)
                .containsExactly(
                        "small  [" + "█".repeat(8) + "▏               ]  34%  1/4 epochs",
                        "  none, seed 1            0/2  training, 37%        worst class cat, 60.0% robust error  812 images/s on gpu-3",
                        "  frl-reweight, seed 1    1/2  evaluating 1/2, 75%  worst class cat, 60.0% robust error  812 images/s on gpu-3");
    }

    @Test
    void a_status_that_is_older_than_the_events_does_not_count() {
        // Given
        var plan = FakeKafka.plan(Specs.GOOD).runs().get(0);
        var histories = new RunHistories();
        var run = new FakeRun(plan, context.now).requested().epoch(0).progressed(new Work.EpochTraining(1), 0.9);
        var progress =
                new RunProgress("small", List.of(plan), histories, context.onTerminal(120).terminal, context.now);

        // When: the log is read faster than the status
        run.addTo(histories);
        run.trained(1).events().stream().filter(RunEvent::isLogged).forEach(histories::add);

        // Then
        assertThat(progress.lines(context.now, 20).get(1)).startsWith("  none, seed 1    1/2  training        worst");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            waits until 2026-11-22T12:03:00Z before attempt 3        | waits for 3 min before attempt 3
            waits until 2026-11-22T11:59:00.123Z before attempt 3    | waits until 60 s ago before attempt 3
            no answer within PT5S, again 2026-11-22T12:00:30Z        | no answer within 5 s, again in 30 s
            of 2026-99-22T12:00:30Z                                  | of 2026-99-22T12:00:30Z
            """)
    void a_reason_has_times_and_durations_as_people_write_them(String reason, String shown) {
        assertThat(HumanFormat.reason(reason, context.now))
                .isEqualTo(shown.replace("60 s ago", HumanFormat.duration(Duration.ofMillis(59_877)) + " ago"));
    }

    @Test
    void a_narrow_window_gets_short_lines() {
        // Given
        var plans = FakeKafka.plan(Specs.GOOD).runs();
        var histories = new RunHistories();
        FakeRun.finished(plans.get(0), context.now).forEach(histories::add);
        var progress = new RunProgress("small", plans, histories, context.onTerminal(60).terminal, context.now);

        // When
        var lines = progress.lines(context.now, 20);

        // Then
        assertThat(lines)
                .containsExactly(
                        "small  [█████     ]  50%  2/4 epochs",
                        "  none, seed 1            2/2  finished        cat 60.0%",
                        "  frl-reweight, seed 1  waits for the controller");
    }

    @Test
    void a_table_leaves_out_what_a_narrow_window_has_no_room_for() {
        // Given
        var table = new Table()
                .left("RUN", "run")
                .optional("WHAT", "what")
                .left("PHASE", "phase")
                .optional("SINCE", "since");
        table.row(Table.Cell.of("run-1"), Table.Cell.of("the first"), Table.Cell.of("training"), Table.Cell.of("now"));

        // When
        var wide = table.lines(80);
        var narrow = table.lines(25);
        var narrowest = table.lines(5);

        // Then
        assertThat(wide).containsExactly("RUN    WHAT       PHASE     SINCE", "run-1  the first  training  now");
        assertThat(narrow).containsExactly("RUN    PHASE     SINCE", "run-1  training  now");
        assertThat(narrowest).containsExactly("RUN    PHASE", "run-1  training");
    }

    @Test
    void active_runs_are_shown_first_if_not_all_fit() {
        // Given
        var plans = FakeKafka.plan(
                        Specs.with("training.seed: [1, 2, 3, 4, 5]\n", "fairness.policy: [none, frl-reweight]\n"))
                .runs();
        var histories = new RunHistories();
        plans.subList(0, 4).forEach(plan -> FakeRun.finished(plan, context.now).forEach(histories::add));
        new FakeRun(plans.get(4), context.now).requested().trained(0).events().forEach(histories::add);
        var progress = new RunProgress("small", plans, histories, context.onTerminal(100).terminal, context.now);

        // When
        var lines = progress.lines(context.now, 4);

        // Then
        assertThat(lines).hasSize(4);
        assertThat(lines.get(1)).startsWith("  none, seed 5").contains("training");
        assertThat(lines.get(3)).isEqualTo("  and 3 more runs");
    }
}
