package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.AveragingSettings.Evaluated;
import dev.frl.core.settings.WarmStart.Pretrained;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Specs that were written before a key was renamed. */
class FormerNamesTest {
    private static String todays(String spec) {
        return spec.replace("hotStart", "warmStart").replace("judged", "evaluated");
    }

    @Test
    void a_file_with_former_names_is_the_same_experiment() {
        // When
        var former = Specs.admitted(Specs.FORMER_NAMES);

        // Then
        assertThat(former).isEqualTo(Specs.admitted(todays(Specs.FORMER_NAMES)));
        var last = former.runs().get(former.runs().size() - 1);
        assertThat(last.variant()).isEqualTo(Map.of("warmStart.learningRate", "0.2"));
        assertThat(((Pretrained) last.settings().warmStart()).epochs()).isEqualTo(3);
        assertThat(last.settings().training().averaging().evaluated()).isEqualTo(Evaluated.AVERAGED);
    }

    @Test
    void a_record_with_former_names_is_the_same_experiment() {
        // Given
        @SuppressWarnings("unchecked")
        var tree = (Map<String, Object>) Trees.parse(Specs.FORMER_NAMES);

        // When
        var admission = Specs.read(tree);

        // Then
        assertThat(admission).isEqualTo(Specs.read(todays(Specs.FORMER_NAMES)));
    }

    @Test
    void the_canonical_text_of_an_older_run_is_read() {
        // Given
        var run = Specs.admitted(Specs.FORMER_NAMES).runs().get(2);
        String older =
                run.canonicalSpec().replace("\"warmStart\"", "\"hotStart\"").replace("\"evaluated\"", "\"judged\"");

        // When
        var settings = CanonicalSpec.read(older);

        // Then
        assertThat(older).contains("\"hotStart\":{\"method\"", "\"judged\":\"averaged\"");
        assertThat(settings).isEqualTo(run.settings());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            hotStart: {}\\n  warmStart: {} | line 8  spec.hotStart is the former name of spec.warmStart, which is given too, in line 9; keep spec.warmStart
            training: {averaging: {evaluated: raw, judged: raw}} | line 8  spec.training.averaging.judged is the former name of spec.training.averaging.evaluated, which is given too, in line 8; keep spec.training.averaging.evaluated
            sweep: {grid: {warmStart.epochs: [1, 2], hotStart.epochs: [3]}} | line 8  spec.sweep.grid.hotStart.epochs is the former name of warmStart.epochs, which is swept too; keep warmStart.epochs
            sweep: {grid: {hotStart: [null, {}], warmStart.epochs: [3]}} | line 8  spec.sweep.grid.warmStart.epochs is a part of warmStart, which is swept too; sweep one of them
            """)
    void both_names_in_one_spec_are_a_problem(String lines, String problem) {
        assertThat(Specs.problems(Specs.MINIMAL + "  " + lines.replace("\\n", "\n") + "\n"))
                .extracting(SpecProblem::toString)
                .containsExactly(problem);
    }

    @Test
    void the_paths_of_a_setting_are_todays_and_the_former_ones() {
        assertThat(SpecReader.pathsOf("warmStart.checkpoint"))
                .containsExactly("warmStart.checkpoint", "hotStart.checkpoint");
        assertThat(SpecReader.pathsOf("dataset.name")).containsExactly("dataset.name");
    }

    @Test
    void a_former_name_that_is_null_counts_as_left_out() {
        assertThat(Specs.onlyRun(Specs.MINIMAL + "  hotStart: null\n")
                        .settings()
                        .warmStart())
                .isNull();
    }

    @Test
    void a_problem_is_told_under_the_name_that_was_written() {
        assertThat(Specs.problems(Specs.MINIMAL + "  hotStart: {epochs: 0, epoch: 1}\n"))
                .extracting(SpecProblem::toString)
                .containsExactlyInAnyOrder(
                        "line 8  spec.hotStart.epochs is 0; it must be from 1 to 100000",
                        "line 8  spec.hotStart.epoch is not a setting. Did you mean spec.warmStart.epochs?");
    }
}
