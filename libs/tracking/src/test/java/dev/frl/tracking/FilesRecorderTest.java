package dev.frl.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.SyntheticExperiment;
import dev.frl.report.SyntheticRun;
import dev.frl.report.SyntheticRun.Choice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FilesRecorderTest {
    @TempDir
    private Path directory;

    private void record(SyntheticRun run) throws RecorderException {
        var log = new TrackedEvents(new FilesRecorder(directory));
        for (RunEvent event : run.events()) {
            log.accept(event);
        }
        log.summariseNews();
    }

    private Map<String, String> files() throws IOException {
        var all = new TreeMap<String, String>();
        try (var files = Files.walk(directory)) {
            files.filter(Files::isRegularFile).forEach(f -> {
                try {
                    all.put(directory.relativize(f).toString(), Files.readString(f));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        return all;
    }

    @Test
    void a_run_is_four_files_and_its_experiment_a_report() throws Exception {
        // Given
        var run = new SyntheticRun(Choice.of("r", Policy.NONE, 1), List.of("a", "b, \"c\""))
                .epoch(0, new double[] {.1, .4}, new double[] {.2, .8})
                .tested(2, new double[] {.1, .4}, new double[] {.2, .8})
                .finished();

        // When
        record(run);

        // Then
        var files = files();
        assertThat(files)
                .containsOnlyKeys(
                        "r/spec.json",
                        "r/metrics.csv",
                        "r/per_class.csv",
                        "r/status.json",
                        "fashion-frl-5f2a9c/report.html");
        assertThat(files.get("r/metrics.csv"))
                .startsWith("epoch,name,value\n")
                .contains("0,val/robust_acc,0.5\n")
                .contains("0,test/worst_class/robust_acc,0.19999999999999996\n");
        assertThat(files.get("r/per_class.csv"))
                .startsWith("images,weights,epoch,label,class,samples,wrong_standard,wrong_robust,standard_error,")
                .contains("validation,last,0,1,\"b, \"\"c\"\"\",200,80,160,0.4,0.4,0.8\n")
                .contains("test,last,2,0,a,1000,100,200,0.1,0.1,0.2\n");
        assertThat(files.get("r/status.json")).contains("\"state\" : \"finished\"");
        assertThat(files.get("r/spec.json")).contains("\"milestones\" : [ 0.6, 0.85 ]");
    }

    @Test
    void recording_twice_gives_the_same_files() throws Exception {
        // Given
        var run = new SyntheticExperiment(10, 3)
                .runs(List.of(Policy.FRL_REWEIGHT), 1)
                .get(1);
        record(run);
        var before = files();

        // When
        record(run);

        // Then
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void a_run_that_an_earlier_version_began_has_only_the_new_metric_names() throws Exception {
        // Given: epoch 0 was recorded under the earlier names
        var run = new SyntheticRun(Choice.of("r", Policy.FRL_REWEIGHT, 1), List.of("a", "b"))
                .epoch(0, new double[] {.1, .4}, new double[] {.2, .8});
        var recorded = run.events();
        Files.createDirectories(directory.resolve("r"));
        Files.writeString(directory.resolve("r/metrics.csv"), "epoch,name,value\n0,class/clean_err/00_a,0.1\n");
        var log = new TrackedEvents(new FilesRecorder(directory));
        recorded.forEach(log::remember);

        // When
        var all = run.epoch(1, new double[] {.1, .4}, new double[] {.2, .8}).events();
        for (RunEvent event : all.subList(recorded.size(), all.size())) {
            log.accept(event);
        }

        // Then
        assertThat(files().get("r/metrics.csv"))
                .doesNotContain("clean_err")
                .contains("0,class/standard_err/00_a,0.1\n")
                .contains("1,class/standard_err/00_a,0.1\n");
    }

    @Test
    void an_id_cannot_lead_out_of_the_directory() {
        assertThat(FilesRecorder.safe("../../etc/passwd")).isEqualTo("__.._etc_passwd");
        assertThat(FilesRecorder.safe("..")).isEqualTo("_");
        assertThat(FilesRecorder.safe("fashion-frl-5f2a9c.1")).isEqualTo("fashion-frl-5f2a9c.1");
    }

    /** Places that root cannot write to either. */
    static Stream<Arguments> unusable() {
        return Stream.of(
                Arguments.of("file", "a part of the path is a file, not a folder"),
                Arguments.of("file/runs", "a part of the path is a file, not a folder"),
                Arguments.of("circle", "symbolic links in it lead in a circle"),
                Arguments.of("nowhere", "nowhere is a file, or a link that leads nowhere"),
                Arguments.of("n".repeat(256), "255 bytes"));
    }

    @ParameterizedTest
    @MethodSource("unusable")
    void a_directory_that_cannot_be_written_is_told_with_its_path_and_the_remedy(String name, String reason)
            throws Exception {
        // Given
        Files.createFile(directory.resolve("file"));
        Files.createSymbolicLink(directory.resolve("circle"), directory.resolve("circle"));
        Files.createSymbolicLink(directory.resolve("nowhere"), directory.resolve("none"));
        var blocked = directory.resolve(name);
        var run = new SyntheticRun(Choice.of("r", Policy.NONE, 1), List.of("a", "b"));

        // When, Then
        assertThatThrownBy(() -> new FilesRecorder(blocked)
                        .record(run.history(), run.events().get(0)))
                .isInstanceOf(RecorderException.class)
                .hasMessageContaining("cannot write " + blocked)
                .hasMessageContaining(reason)
                .hasMessageNotContainingAny("\n", "Exception");
    }

    /** Linux's device that is always full stands in for the file that is written first. */
    @ParameterizedTest
    @ValueSource(strings = {"spec.json", "metrics.csv", "per_class.csv", "status.json"})
    @EnabledOnOs(OS.LINUX)
    void on_a_full_disk_the_files_before_stay_whole_and_all_is_recorded_once_there_is_space(String file)
            throws Exception {
        // Given
        var run = new SyntheticRun(Choice.of("r", Policy.NONE, 1), List.of("a", "b"))
                .epoch(0, new double[] {.1, .4}, new double[] {.2, .8})
                .epoch(1, new double[] {.1, .3}, new double[] {.2, .7});
        var history = new RunHistory((RunEvent.Planned) run.events().get(0));
        var undisturbed = new FilesRecorder(directory.resolve("undisturbed"));
        var recorder = new FilesRecorder(directory.resolve("disturbed"));
        var failures = new ArrayList<String>();
        for (var event : run.events()) {
            if (!(event instanceof RunEvent.Planned)) {
                history.add(event);
            }
            undisturbed.record(history, event);
            var folder = Files.createDirectories(directory.resolve("disturbed/r"));
            var before = contents(folder);
            var full = folder.resolve("." + file + "." + ProcessHandle.current().pid() + ".tmp");
            Files.createSymbolicLink(full, Path.of("/dev/full"));

            // When
            try {
                recorder.record(history, event);
            } catch (RecorderException e) {
                failures.add(e.getMessage());
                assertThat(contents(folder)).containsAllEntriesOf(Map.of(file, before.getOrDefault(file, "")));
            }
            Files.deleteIfExists(full);
            recorder.record(history, event);
        }

        // Then
        assertThat(failures)
                .isNotEmpty()
                .allSatisfy(reason -> assertThat(reason)
                        .contains(
                                "cannot write " + directory.resolve("disturbed/r"),
                                "the disk is full: free some space there")
                        .doesNotContain("\n"));
        assertThat(contents(directory.resolve("disturbed/r"))).isEqualTo(contents(directory.resolve("undisturbed/r")));
    }

    /** Name to text; a file that is not there reads as empty. */
    private static Map<String, String> contents(Path folder) throws IOException {
        var contents = new TreeMap<String, String>();
        for (var name : List.of("spec.json", "metrics.csv", "per_class.csv", "status.json")) {
            var file = folder.resolve(name);
            contents.put(name, Files.exists(file) ? Files.readString(file) : "");
        }
        try (var files = Files.list(folder)) {
            files.filter(file -> !Files.isSymbolicLink(file))
                    .forEach(file -> contents.putIfAbsent(file.getFileName().toString(), "unexpected"));
        }
        return contents;
    }
}
