package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.RunPlan;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.Admission.Rejected;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Specs as programs and editors write them. */
class SpecTextTest {
    private static final String JSON = """
            {
            	"apiVersion": "frl.dev/v1alpha1",
            	"kind": "Experiment",
            	"metadata": {
            		"name": "from-json"
            	},
            	"spec": {
            		"dataset": {"name": "fashion-mnist"},
            		"model": {"arch": "cnn-small"},
            		"training": {"optimizer": {"weightDecay": 5e-4}},
            		"attack": {"training": {"epsilon": 0.1}}
            	}
            }
            """;

    private static final String YAML = """
            metadata: {name: b}
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            spec:
              dataset: {name: fashion-mnist}
              model: {arch: cnn-small}
              attack: {training: {epsilon: 0.1}}
            """;

    @Test
    void json_that_is_indented_with_tabs_is_json() {
        // When
        var plan = admitted(JSON.getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(plan.settings().training().optimizer().weightDecay()).isEqualTo(5e-4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE"})
    void a_byte_order_mark_and_other_line_ends_change_nothing(String charset) {
        // Given
        String yaml = "metadata: {name: b}\r\napiVersion: frl.dev/v1alpha1\r\nkind: Experiment\r\nspec:\r\n"
                + "  dataset: {name: fashion-mnist}\r\n  model: {arch: cnn-small}\r\n"
                + "  attack: {training: {epsilon: 0.1}}\r\n";

        // When
        var fromYaml = admitted(marked(yaml, charset));
        var fromJson = admitted(marked(JSON.replace("\n", "\r\n"), charset));

        // Then
        assertThat(fromYaml.settings().architecture()).isEqualTo("cnn-small");
        assertThat(fromJson.runId())
                .isEqualTo(admitted(JSON.getBytes(StandardCharsets.UTF_8)).runId());
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
    void wide_characters_need_no_byte_order_mark(String charset) {
        assertThat(admitted(JSON.getBytes(Charset.forName(charset))))
                .isEqualTo(admitted(JSON.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(admitted(marked(JSON, charset)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            `{`               | `// a comment~/* and~another */ # and~{ // one more`
            `"kind"`          | `/* a kind */ "kind"`
            `"Experiment",`   | `"Experiment", // what it is`
            `"from-json"`     | `"from-json" # its name`
            """)
    void comments_in_json_change_nothing(String before, String after) {
        // Given
        String json = JSON.replaceFirst(Pattern.quote(before), Matcher.quoteReplacement(after.replace("~", "\n")));

        // When
        var plan = admitted(json.getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(json).isNotEqualTo(JSON);
        assertThat(plan.runId())
                .isEqualTo(admitted(JSON.getBytes(StandardCharsets.UTF_8)).runId());
    }

    @Test
    void a_list_in_json_is_told_as_one() {
        assertThat(rejected(("[" + JSON + "]").getBytes(StandardCharsets.UTF_8)))
                .containsExactly(
                        "line 1  The spec is a list; it must be a group of settings: apiVersion, kind, metadata, spec");
    }

    @ParameterizedTest
    @CsvSource({"---%n@...%n", "---%n@---%n", "# first%n---%n---%n@", "%%YAML 1.1%n---%n@---%n---%n", "---%n~%n---%n@"})
    void documents_without_content_change_nothing(String form) {
        assertThat(admitted(String.format(Locale.ROOT, form).replace("@", YAML).getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(admitted(YAML.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            `  model`         | `TABmodel`                      | `line 6  This is not YAML: there is a tab where it takes none; write spaces.`
            `  model`         | `NBSPNBSPmodel`            | `line 6  A name begins with the character U+00A0, which looks like a space or like nothing: indent with spaces.`
            `  model`         | `ZWSP model`                 | `line 6  A name begins with the character U+200B, which looks like a space or like nothing: indent with spaces.`
            `arch: cnn-small` | `<<: *defaults`                 | `line 6  spec.model.<< is a merge key; merge keys are not read: write the entries of that group here`
            `arch: cnn-small` | `<<: {arch: cnn-small}`         | `line 6  spec.model.<< is a merge key; merge keys are not read: write the entries of that group here`
            `name: b`         | `name: {{ .Release.Name }}`     | `line 1  metadata.name has a key that is a group of settings; a key must be a name; a template, {{ … }}, must be filled in first`
            `0.1`             | `"${attack.epsilon}"`           | `line 7  spec.attack.training.epsilon is the text "${attack.epsilon}"; it must be a number or a fraction such as 8/255: a template must be filled in first`
            `0.1`             | `$EPSILON`                      | `line 7  spec.attack.training.epsilon is the text "$EPSILON"; it must be a number or a fraction such as 8/255: a template must be filled in first`
            `0.1`             | `1 2`                           | `line 7  spec.attack.training.epsilon is the text "1 2"; it must be a number or a fraction such as 8/255`
            `metadata:`       | `{% set name = 1 %}LFmetadata:` | `line 1  This is not YAML: found character '%' that cannot start any token. It looks like a template, which must be filled in first.`
            `metadata:`       | `{{- with .Values }}LFmetadata:` | `line 1  This is not YAML: expected the node content, but found '-'. It looks like a template, which must be filled in first.`
            `metadata:`       | `[spec.model]LFarch = "linear"LFmetadata:` | `line 2  This is not YAML: expected '<document start>', but found '<scalar>'. It looks like TOML or INI; write YAML or JSON.`
            `metadata:`       | `<<<<<<< HEADLFmetadata:`       | `line 2  This is not YAML: mapping values are not allowed here. It holds a conflict that git left; decide it first.`
            `metadata:`       | `%YAML 2.0LF---LFmetadata:`     | `This is not YAML: only version 1.2 is read; leave out the line that begins with %YAML.`
            `model: {arch: cnn-small}` | `model.arch: cnn-small` | `line 6  spec.model.arch is one name with a point; write the groups one inside the other: model: {arch: …}`
            """)
    void what_other_programs_write_is_told_as_what_it_is(String good, String bad, String problem) {
        // Given
        String yaml = YAML.replace(
                good,
                bad.replace("TAB", "\t")
                        .replace("LF", "\n")
                        .replace("NBSP", "\u00A0")
                        .replace("ZWSP", "\u200B"));

        // When
        var problems = rejected(yaml.getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(problems).contains(problem);
        assertThat(problems).noneMatch(p -> p.contains("alias"));
    }

    @Test
    void a_comma_after_the_last_value_changes_nothing() {
        // Given
        String json = JSON.replace("{\"epsilon\": 0.1}", "{\"epsilon\": 0.1,},");

        // When
        var plan = admitted(json.getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(plan.runId())
                .isEqualTo(admitted(JSON.getBytes(StandardCharsets.UTF_8)).runId());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "name": "from-json"       | "name": "from-json" "a"        | line 5  This is not JSON at 5:23: Unexpected character ('"' (code 34)): was expecting comma to separate Object entries.
            "kind": "Experiment",     | "kind": 'Experiment',         | line 3  This is not JSON at 3:10: Unexpected character (''' (code 39)): expected a valid value
            "name": "from-json"       | "name": "a", "name": "b"      | line 5  metadata.name is given twice, first in line 5; keep one of them
            "epsilon": 0.1            | "epsilon": NaN                | line 11  spec.attack.training.epsilon is NaN
            "epsilon": 0.1            | "epsilon": 1e999              | line 11  spec.attack.training.epsilon is 1e999
            "epsilon": 0.1            | "steps": 123456789012345678901234567890 | line 11  spec.attack.training.steps is 123456789012345678901234567890; it must be a whole number: it has at most 32 bits
            """)
    void what_is_wrong_with_json_is_told_with_line_and_column(String good, String bad, String problem) {
        // When
        var problems = rejected(JSON.replace(good, bad).getBytes(StandardCharsets.UTF_8));

        // Then
        String first = problems.get(0);
        assertThat(first.substring(0, Math.min(60, first.length())))
                .startsWith(problem.substring(0, Math.min(60, problem.length())));
    }

    @Test
    void a_second_json_value_is_refused() {
        assertThat(rejected((JSON + JSON).getBytes(StandardCharsets.UTF_8)))
                .containsExactly("line 14  A second value begins at 14:1; write one experiment a file.");
    }

    @Test
    void yaml_in_braces_may_have_comments_and_bare_words() {
        // Given
        String yaml = JSON.replace("\t", " ").replace("\"cnn-small\"", "cnn-small # the smallest\n");

        // When
        var plan = admitted(yaml.getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(plan.settings().architecture()).isEqualTo("cnn-small");
    }

    @Test
    void a_character_beyond_the_basic_plane_may_stand_anywhere() {
        String yaml = JSON.replace("\t", " ");
        for (int column = 1020; column < 1030; column++) {
            // Given
            String padded = " ".repeat(column) + "# 😀😀\n" + yaml.replace("{\n", "{ # 😀\n");

            // When
            var plan = admitted(padded.getBytes(StandardCharsets.UTF_8));

            // Then
            assertThat(plan.settings().architecture()).isEqualTo("cnn-small");
        }
    }

    @ParameterizedTest
    @CsvSource({"5e-4, 5e-4", "5E-4, 5e-4", "+.5e-3, 5e-4", "0.0005, 5e-4", "1e-1, 0.1", "0x0, 0", ".5, 0.5", "0., 0"})
    void a_number_may_be_written_in_many_ways(String written, double value) {
        // Given
        String yaml =
                JSON.replace("\t", " ").replace("\"weightDecay\": 5e-4", "\"weightDecay\": " + written + " # YAML");

        // When
        var plan = admitted(yaml.replace("YAML}", "YAML\n}").getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(plan.settings().training().optimizer().weightDecay()).isEqualTo(value);
    }

    /** PyYAML writes texts without quotes that are numbers in YAML 1.2 only. */
    @ParameterizedTest
    @ValueSource(strings = {"25921e05", "695e0514", "1E6"})
    void a_label_that_a_program_for_yaml_1_1_wrote_is_a_text(String hash) {
        // When
        var plan = admitted(YAML.replace("name: b}", "name: b, labels: {commit: " + hash + "}}")
                .getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(plan.labels()).containsEntry("commit", hash);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tr-TR-u-nu-arabext", "fa-IR", "ar-EG", "de-DE", "hi-IN-u-nu-deva"})
    void a_spec_means_the_same_in_every_language(String language) {
        // Given
        byte[] json = JSON.getBytes(StandardCharsets.UTF_8);
        byte[] wrong = JSON.replace("0.1", "12345.5").replace("arch", "ARCHI").getBytes(StandardCharsets.UTF_8);
        var plan = admitted(json);
        var problems = rejected(wrong);
        Locale before = Locale.getDefault();
        try {
            // When
            Locale.setDefault(Locale.forLanguageTag(language));

            // Then
            assertThat(admitted(json)).isEqualTo(plan);
            assertThat(rejected(wrong)).isEqualTo(problems);
        } finally {
            Locale.setDefault(before);
        }
    }

    private static byte[] marked(String text, String charset) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(("\uFEFF" + text).getBytes(Charset.forName(charset)));
        return out.toByteArray();
    }

    private static RunPlan admitted(byte[] spec) {
        var admission = new SpecReader(Specs.CATALOGUE).read(spec);
        assertThat(admission).isInstanceOf(Admitted.class);
        return ((Admitted) admission).plan().runs().get(0);
    }

    private static List<String> rejected(byte[] spec) {
        var admission = new SpecReader(Specs.CATALOGUE).read(spec);
        assertThat(admission).isInstanceOf(Rejected.class);
        return ((Rejected) admission)
                .problems().stream().map(SpecProblem::toString).toList();
    }
}
