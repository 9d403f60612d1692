package dev.frl.report.table;

import static dev.frl.report.Runs.errors;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.Runs;
import dev.frl.report.SyntheticExperiment;
import dev.frl.report.SyntheticRun;
import dev.frl.report.SyntheticRun.Choice;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassTableTest {
    @Test
    void the_text_has_robust_and_standard_errors_side_by_side() {
        // When
        String text = ClassTable.of(Runs.whole()).text(100);

        // Then: the means of the four tests, computed by hand
        assertThat(text.lines())
                .anySatisfy(l -> assertThat(l)
                        .matches("1 hard +90\\.0\\* +82\\.0\\* +58\\.0\\* +\\| +50\\.0\\* +42\\.0\\* +30\\.0\\*"))
                .anySatisfy(l -> assertThat(l).matches("average +60\\.0 +51\\.5 +42\\.0 +\\| +30\\.0 +26\\.5 +22\\.0"))
                .anySatisfy(
                        l -> assertThat(l).matches("worst - best +60\\.0 +61\\.0 +32\\.0 +\\| +40\\.0 +31\\.0 +16\\.0"))
                .anySatisfy(l -> assertThat(l).matches("deviation +30\\.0 +30\\.5 +16\\.0 +\\| +20\\.0 +15\\.5 +8\\.0"))
                .anySatisfy(l -> assertThat(l).matches("vs none: worst +-24\\.0 +\\| +-12\\.0"))
                .allSatisfy(l -> assertThat(l.length()).isLessThanOrEqualTo(100));
    }

    @Test
    void the_model_holds_fractions_and_changes() {
        // When
        var table = ClassTable.of(Runs.whole());

        // Then
        assertThat(table.columns())
                .extracting(ClassTable.ClassColumn::kind)
                .containsExactly(ClassTable.Kind.BEFORE, ClassTable.Kind.CONTROL, ClassTable.Kind.POLICY);
        var hard = table.rows().get(1).cells().get(2).robust();
        assertThat(hard.mean()).isCloseTo(.58, within(1e-12));
        assertThat(hard.change()).isCloseTo(-.24, within(1e-12));
        assertThat(table.notes()).isEmpty();
    }

    @Test
    void it_can_be_written_as_json() throws Exception {
        // When
        var json = new ObjectMapper().valueToTree(ClassTable.of(Runs.whole()));

        // Then
        assertThat(json.at("/rows/0/cells/1/standard/mean").asDouble()).isCloseTo(.11, within(1e-12));
        assertThat(json.at("/columns/0/policy").isNull()).isTrue();
        assertThat(json.at("/columns/2/seeds").toString()).isEqualTo("[1,2]");
    }

    @Test
    void best_weights_have_a_column_of_their_own_where_they_were_evaluated() {
        // Given
        var run = Runs.begun(Policy.NONE, 1)
                .tested(Selection.LAST, 2, errors(.1, .2), errors(.3, .4))
                .tested(Selection.BEST, 1, errors(.1, .2), errors(.2, .3))
                .finished()
                .history();

        // When
        var table = ClassTable.of(List.of(run));

        // Then
        assertThat(table.columns()).extracting(ClassTable.ClassColumn::label).contains("none", "none, best epoch");
    }

    @Test
    void a_table_without_evaluations_says_so() {
        // Given
        var run = new SyntheticRun(Choice.of("r", Policy.NONE, 1), Runs.NAMES).history();

        // When
        String text = ClassTable.of(List.of(run)).text(80);

        // Then
        assertThat(text)
                .contains("No epoch is evaluated yet.")
                .contains("none, seed 1 is not finished: nothing is trained yet.");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 100})
    void no_line_is_wider_than_asked_and_a_hostile_name_cannot_move_the_cursor(int classes) {
        // Given
        var experiment = new SyntheticExperiment(classes, 2);
        var runs = SyntheticExperiment.histories(experiment.runs(List.of(Policy.values()), 2));

        // When
        var table = ClassTable.of(runs);

        // Then
        assertThat(table.rows()).hasSize(classes);
        for (int width : new int[] {80, 100, 120}) {
            assertThat(table.text(width).lines())
                    .allSatisfy(l -> assertThat(l.length()).isLessThanOrEqualTo(width));
        }
    }

    @Test
    void control_characters_in_class_names_are_shown_as_question_marks() {
        // Given
        var run = new SyntheticRun(Choice.of("r", Policy.NONE, 1), List.of("a\u001b[2Jb", "c\nd"))
                .epoch(0, errors(.1, .2), errors(.3, .4))
                .tested(2, errors(.1, .2), errors(.3, .4))
                .finished()
                .history();

        // When
        String text = ClassTable.of(List.of(run)).text(80);

        // Then
        assertThat(text).contains("0 a?[2Jb").contains("1 c?d").doesNotContain("\u001b");
    }
}
