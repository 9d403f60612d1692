package dev.frl.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.frl.core.run.RunEvent;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.SyntheticExperiment;
import dev.frl.report.SyntheticRun;
import dev.frl.report.SyntheticRun.Choice;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

final class MlflowRecorderTest {
    private FakeMlflow mlflow;

    @BeforeEach
    void start() throws IOException {
        mlflow = new FakeMlflow();
    }

    @AfterEach
    void stop() {
        mlflow.close();
    }

    private static MlflowSettings settings(String uri, Duration timeout) {
        return new MlflowSettings(URI.create(uri), "frl", null, timeout, Map.of());
    }

    private MlflowRecorder recorder() {
        return new MlflowRecorder(settings(mlflow.uri(), Duration.ofSeconds(10)));
    }

    private static List<SyntheticRun> experiment(int classes) {
        return new SyntheticExperiment(classes, 3).runs(List.of(Policy.NONE, Policy.FRL_REWEIGHT_REMARGIN), 2);
    }

    private static List<RunEvent> events(List<SyntheticRun> runs) {
        var all = new ArrayList<RunEvent>();
        runs.forEach(r -> all.addAll(r.events()));
        return all;
    }

    private void recordAll(List<RunEvent> events) throws RecorderException {
        try (var recorder = recorder()) {
            var log = new TrackedEvents(recorder);
            for (RunEvent event : events) {
                log.accept(event);
            }
            log.summariseNews();
        }
    }

    @Test
    void an_experiment_is_a_parent_with_a_child_for_every_run() throws Exception {
        // When
        recordAll(events(experiment(10)));

        // Then
        assertThat(mlflow.runs).hasSize(1 + 2 + 4);
        var child = mlflow.run("frl-reweight-remargin-1");
        assertThat(child.name).isEqualTo("frl-reweight-remargin, seed 1");
        assertThat(child.status).isEqualTo("FINISHED");
        assertThat(child.tags)
                .containsEntry("mlflow.parentRunId", "id of fashion-frl")
                .containsEntry("frl.policy", "frl-reweight-remargin")
                .containsEntry("frl.seed", "1")
                .containsEntry("frl.stop_reason", "completed")
                .containsEntry("frl.recorded_epoch", "3");
        assertThat(child.params)
                .containsEntry("training.seed", "1")
                .containsEntry("fairness.tolerance.standard", "0.07")
                .containsEntry("training.schedule.milestones", "[0.6,0.85]");
        assertThat(mlflow.parent().status).isEqualTo("FINISHED");
        assertThat(mlflow.run("warm-1").name).isEqualTo("warm start, seed 1");
    }

    @Test
    void numbers_are_named_as_documented_with_the_epoch_as_step() throws Exception {
        // Given
        var run = new SyntheticRun(Choice.of("r", Policy.FRL_REWEIGHT_REMARGIN, 1), List.of("easy", "hard one"))
                .epoch(0, new double[] {.1, .4}, new double[] {.2, .8});

        // When
        recordAll(run.events());

        // Then: gamma = 0.4 - 0.25 - 0.07 = 0.08, phi = 0.05 x 0.08 = 0.004, w = 0.5 + 0.004 - 0.002, for epoch 1
        long at = run.events().get(run.events().size() - 1).at().toEpochMilli();
        assertThat(mlflow.run("r").metrics)
                .contains(String.format(Locale.ROOT, "val/robust_acc step 0 at %d: 0.5", at))
                .contains(String.format(Locale.ROOT, "val/worst_class/id step 0 at %d: 1.0", at))
                .contains(String.format(Locale.ROOT, "class/robust_err/01_hard-one step 0 at %d: 0.8", at))
                .contains(String.format(Locale.ROOT, "attack/seconds step 0 at %d: 2.5", at))
                .anyMatch(m -> m.startsWith(
                        String.format(Locale.ROOT, "class/standard_weight/01_hard-one step 1 at %d: 0.502", at)))
                .anyMatch(m -> m.startsWith(
                        String.format(Locale.ROOT, "ctl/phi_standard/01_hard-one step 1 at %d: 0.004", at)));
    }

    @Test
    void a_partial_epoch_has_metrics_and_a_tag_of_its_own() throws Exception {
        // Given
        var run = new SyntheticRun(Choice.of("r", Policy.FRL_REWEIGHT, 1), List.of("easy", "hard"))
                .partial(1)
                .epoch(0, new double[] {.1, .4}, new double[] {.2, .8})
                .epoch(1, new double[] {.1, .4}, new double[] {.2, .8});

        // When
        recordAll(run.events());

        // Then
        assertThat(mlflow.run("r").tags).containsEntry("frl.partial_epochs", "1");
        assertThat(mlflow.run("r").metrics)
                .filteredOn(m -> m.startsWith("val/shard_fraction") || m.startsWith("val/images"))
                .satisfiesExactlyInAnyOrder(
                        m -> assertThat(m)
                                .startsWith("val/shard_fraction step 1")
                                .endsWith(": 0.75"),
                        m -> assertThat(m).startsWith("val/images step 1").endsWith(": 400.0"));
    }

    @Test
    void artifacts_are_put_over_http_and_declared() throws Exception {
        // When
        recordAll(events(experiment(10)));

        // Then
        assertThat(mlflow.artifacts)
                .containsKeys(
                        "1/none, seed 1/artifacts/spec/resolved.json",
                        "1/none, seed 1/artifacts/tables/per_class.json",
                        "1/fashion-frl/artifacts/tables/per_class.json",
                        "1/fashion-frl/artifacts/report/index.html");
        assertThat(mlflow.parent().tags.get("mlflow.loggedArtifacts"))
                .isEqualTo("[{\"path\": \"tables/per_class.json\", \"type\": \"table\"}]");
        assertThat(mlflow.parent().tags.get("mlflow.note.content")).contains("| frl-reweight-remargin |");
        var table = new ObjectMapper().readTree(mlflow.artifacts.get("1/fashion-frl/artifacts/tables/per_class.json"));
        assertThat(table.get("columns").toString())
                .isEqualTo("[\"error\",\"class\",\"before\",\"none\",\"frl-reweight-remargin\"]");
    }

    @Test
    void the_parent_has_means_over_seeds_and_gains() throws Exception {
        // When
        recordAll(events(experiment(10)));

        // Then
        assertThat(mlflow.parent().metrics)
                .anyMatch(m -> m.startsWith("mean/worst_class_robust_acc/frl-reweight-remargin step 0"))
                .anyMatch(m -> m.startsWith("mean/worst_class_robust_acc/before step 0"))
                .anyMatch(m -> m.startsWith("sd/robust_acc.none step 0"))
                .anyMatch(m -> m.startsWith("gain/frl-reweight-remargin/worst_class_robust_acc step 0"))
                .noneMatch(m -> m.startsWith("gain/none"));
    }

    @Test
    void events_delivered_twice_change_nothing() throws Exception {
        // Given
        var once = events(experiment(10));
        recordAll(once);
        String before = mlflow.state();

        // When
        var twice = new ArrayList<RunEvent>();
        once.forEach(e -> {
            twice.add(e);
            twice.add(e);
        });
        recordAll(twice);

        // Then
        assertThat(mlflow.state()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 10, 23, 40, 60, 80})
    void a_restart_anywhere_gives_the_same_record(int eventsBeforeTheRestart) throws Exception {
        // Given
        var all = events(experiment(3));
        recordAll(all);
        String expected = mlflow.state();
        mlflow.close();
        mlflow = new FakeMlflow();

        // When: the first process dies, and a second one reads the log from its beginning
        try (var recorder = recorder()) {
            var log = new TrackedEvents(recorder);
            for (RunEvent event : all.subList(0, Math.min(all.size(), eventsBeforeTheRestart))) {
                log.accept(event);
            }
        }
        recordAll(all);

        // Then
        assertThat(mlflow.state()).isEqualTo(expected);
    }

    @Test
    void what_is_recorded_is_not_sent_again() throws Exception {
        // Given
        var all = events(experiment(3));
        recordAll(all);
        mlflow.calls.clear();

        // When
        recordAll(all);

        // Then
        assertThat(mlflow.calls)
                .noneMatch(c -> c.contains("log-batch") || c.contains("artifacts") || c.contains("update"));
    }

    /** The names that runs of the former version have in MLflow. */
    private static void renameToEarlierNames(FakeMlflow.Run run) {
        var points = List.copyOf(run.metrics);
        run.metrics.clear();
        points.forEach(p -> run.metrics.add(p.replace("/standard_err/", "/clean_err/")
                .replace("/standard_weight/", "/clean_weight/")
                .replace("/phi_standard/", "/phi_clean/")));
    }

    private static List<String> earlierNames(FakeMlflow.Run run) {
        return run.metrics.stream()
                .filter(m -> MetricNames.isEarlier(m.substring(0, m.indexOf(" step "))))
                .toList();
    }

    private static ListAppender<ILoggingEvent> logged(Class<?> type) {
        var appender = new ListAppender<ILoggingEvent>();
        appender.start();
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger(type)).addAppender(appender);
        return appender;
    }

    @ParameterizedTest(name = "log read from its beginning: {0}")
    @ValueSource(booleans = {false, true})
    void a_run_that_an_earlier_version_began_gets_all_epochs_under_the_new_names_and_one_warning(boolean fromBeginning)
            throws Exception {
        // Given: epochs 0 and 1 were recorded under the earlier names
        var run = experiment(10).get(4);
        var events = run.events();
        recordAll(events);
        var expected = List.copyOf(mlflow.run("frl-reweight-remargin-1").metrics);
        mlflow.close();
        mlflow = new FakeMlflow();
        int recorded = 9;
        recordAll(events.subList(0, recorded));
        renameToEarlierNames(mlflow.run("frl-reweight-remargin-1"));
        var earlier = earlierNames(mlflow.run("frl-reweight-remargin-1"));
        var warnings = logged(MlflowRecorder.class);

        // When: the new version continues, and restarts once more
        for (int start = 0; start < 2; start++) {
            try (var recorder = recorder()) {
                var log = new TrackedEvents(recorder);
                for (int i = 0; i < events.size(); i++) {
                    if (i < recorded && !fromBeginning) {
                        log.remember(events.get(i));
                    } else {
                        log.accept(events.get(i));
                    }
                }
            }
        }

        // Then
        var child = mlflow.run("frl-reweight-remargin-1");
        assertThat(earlier).anyMatch(m -> m.startsWith("class/clean_err/06_Shirt step 1"));
        assertThat(earlierNames(child)).isEqualTo(earlier);
        assertThat(child.metrics.stream().filter(m -> !earlier.contains(m))).containsExactlyElementsOf(expected);
        assertThat(warnings.list)
                .singleElement()
                .satisfies(w -> assertThat(w.getFormattedMessage())
                        .startsWith("recorded by an earlier version of frl: its metrics clean_err"));
    }

    @Test
    void an_ended_run_of_an_earlier_version_gets_the_new_names_when_its_log_is_read_again() throws Exception {
        // Given
        var events = experiment(10).get(4).events();
        recordAll(events);
        var expected = List.copyOf(mlflow.run("frl-reweight-remargin-1").metrics);
        renameToEarlierNames(mlflow.run("frl-reweight-remargin-1"));
        var earlier = earlierNames(mlflow.run("frl-reweight-remargin-1"));

        // When
        recordAll(events);

        // Then
        var child = mlflow.run("frl-reweight-remargin-1");
        assertThat(earlier).anyMatch(m -> m.startsWith("test_class/clean_err/"));
        assertThat(child.metrics).containsAll(expected).containsAll(earlier).hasSize(expected.size() + earlier.size());
        assertThat(child.tags).containsEntry("frl.metric_names", "standard");
    }

    @Test
    void a_run_of_this_version_is_not_taken_for_an_earlier_one() throws Exception {
        // When
        recordAll(events(experiment(10)));
        recordAll(events(experiment(10)));

        // Then
        assertThat(mlflow.runs.values()).allSatisfy(run -> assertThat(run.tags).doesNotContainKey("frl.metric_names"));
    }

    @Test
    void an_unreachable_or_broken_server_is_retried_and_nothing_is_lost() throws Exception {
        // Given
        var all = events(experiment(3));
        recordAll(all);
        String expected = mlflow.state();
        mlflow.close();
        mlflow = new FakeMlflow();
        int failures = 0;

        // When: at every seventh event the server responds with another failure
        try (var recorder = recorder()) {
            var log = new TrackedEvents(recorder);
            for (int i = 0; i < all.size(); i++) {
                if (i % 7 == 0) {
                    mlflow.statuses.add(FAILURES.get(i / 7 % FAILURES.size()));
                }
                failures += log.accept(all.get(i)).isPresent() ? 1 : 0;
                if (i % 3 == 0) {
                    log.retryNow();
                    failures += log.recordBehind(event -> {}).isPresent() ? 1 : 0;
                }
            }
            mlflow.statuses.clear();
            recordRest(log);
        }

        // Then
        assertThat(failures).isPositive();
        assertThat(mlflow.state()).isEqualTo(expected);
    }

    /** Statuses that servers and proxies respond with for a while; 1 is a login page with status 200, 2 is JSON of another server. */
    private static final List<Integer> FAILURES =
            List.of(1, 503, 401, 403, 404, 413, 429, 500, 302, 407, 507, 409, 400, 502, 504, 2);

    private static void recordRest(TrackedEvents log) {
        log.retryNow();
        log.recordBehind(event -> {});
        log.summariseNews();
        assertThat(log.isComplete()).isTrue();
    }

    @Test
    void a_server_that_refuses_everything_for_a_while_has_lost_nothing_afterwards() throws Exception {
        // Given
        var all = events(experiment(3));
        recordAll(all);
        String expected = mlflow.state();

        for (int failure : FAILURES) {
            mlflow.close();
            mlflow = new FakeMlflow();
            mlflow.always = failure;

            // When: half of the log comes while the server refuses all
            try (var recorder = recorder()) {
                var log = new TrackedEvents(recorder);
                all.subList(0, all.size() / 2).forEach(log::accept);
                log.summariseNews();
                mlflow.always = 0;
                all.subList(all.size() / 2, all.size()).forEach(log::accept);
                recordRest(log);
            }

            // Then
            assertThat(mlflow.state()).as("status %d", failure).isEqualTo(expected);
        }
    }

    @Test
    void artifacts_that_the_server_cannot_store_for_a_while_are_stored_later_and_metrics_do_not_wait()
            throws Exception {
        // Given
        var all = events(experiment(3));
        recordAll(all);
        String expected = mlflow.state().replaceAll("frl.spec=[^,}]*,? ?", "");
        mlflow.close();
        mlflow = new FakeMlflow();
        mlflow.artifactStatus = 507;

        // When
        long withMetrics;
        try (var recorder = recorder()) {
            var log = new TrackedEvents(recorder);
            all.forEach(log::accept);
            withMetrics = mlflow.runs.values().stream()
                    .filter(r -> r.metrics.size() > 10)
                    .count();
            mlflow.artifactStatus = 0;
            recordRest(log);
        }

        // Then
        assertThat(withMetrics).isEqualTo(6);
        assertThat(mlflow.state().replaceAll("frl.spec=[^,}]*,? ?", "")).isEqualTo(expected);
    }

    @Test
    void a_deleted_experiment_that_is_restored_has_lost_nothing() throws Exception {
        // Given
        var all = events(experiment(3));
        recordAll(all);
        String expected = mlflow.state();
        mlflow.close();
        mlflow = new FakeMlflow();

        // When: the experiment is deleted with its runs, and restored with them
        RecorderException told;
        try (var recorder = recorder()) {
            var log = new TrackedEvents(recorder);
            all.subList(0, all.size() / 2).forEach(log::accept);
            mlflow.experiments.put("frl", "deleted");
            mlflow.runs.values().forEach(run -> run.stage = "deleted");
            all.subList(all.size() / 2, all.size() - 2).forEach(log::accept);
            log.retryNow();
            log.recordBehind(event -> {});
            told = catchThrowableOfType(RecorderException.class, recorder::connect);
            mlflow.experiments.put("frl", "active");
            mlflow.runs.values().forEach(run -> run.stage = "active");
            all.subList(all.size() - 2, all.size()).forEach(log::accept);
            recordRest(log);
        }

        // Then
        assertThat(told).hasMessageContaining("was deleted. Restore it");
        assertThat(mlflow.state()).isEqualTo(expected);
    }

    @Test
    void a_run_that_mlflow_has_lost_is_recorded_again_from_its_first_event() throws Exception {
        // Given
        var run = experiment(3).get(4).events();
        recordAll(run);
        var expected = mlflow.run("frl-reweight-remargin-1").toString().replaceAll("run\\d+", "");

        // When: half is recorded, then the database is lost
        var lost = new FakeMlflow();
        try (var recorder = new MlflowRecorder(settings(lost.uri(), Duration.ofSeconds(10)))) {
            var log = new TrackedEvents(recorder);
            run.subList(0, run.size() / 2).forEach(log::accept);
            lost.runs.clear();
            run.subList(run.size() / 2, run.size()).forEach(log::accept);
            recordRest(log);
        } finally {
            lost.close();
        }

        // Then
        assertThat(lost.run("frl-reweight-remargin-1").toString().replaceAll("run\\d+", ""))
                .isEqualTo(expected);
    }

    @Test
    void names_and_values_that_mlflow_refuses_are_recorded_under_names_that_it_accepts_and_the_names_are_kept()
            throws Exception {
        // Given
        var run = new SyntheticRun(Choice.of("r", Policy.NONE, 1), List.of("a", "b")).history();
        var store = new MlflowStore(settings(mlflow.uri(), Duration.ofSeconds(10)));
        var long1 = "x".repeat(300) + "1";
        var long2 = "x".repeat(300) + "2";
        var names = List.of("a//b", "/root", "dir/", "..", "a/../b", "ü=1", "ö=1", "\0", long1, long2, "");
        var values = new java.util.LinkedHashMap<String, String>();
        names.forEach(name -> values.put(name, name + "\0" + "y".repeat(9000)));

        // When
        var found =
                store.findOrCreate(Map.of("frl.run_id", "r"), new MlflowStore.New("r", 0, Map.of("frl.run_id", "r")));
        store.logParameters(found.id(), values);
        store.log(found.id(), List.of(), Map.copyOf(values));
        store.logMetrics(
                found.id(),
                List.of(
                        new MetricPoint("nan", Double.NaN, 0),
                        new MetricPoint("up", Double.POSITIVE_INFINITY, 0),
                        new MetricPoint("down", Double.NEGATIVE_INFINITY, 0)),
                0);

        // Then
        var recorded = mlflow.run("r");
        assertThat(recorded.params).hasSize(names.size());
        assertThat(recorded.metrics)
                .containsExactly("down step 0 at 0: " + -Double.MAX_VALUE, "up step 0 at 0: " + Double.MAX_VALUE);
        assertThat(new ObjectMapper().readTree(recorded.tags.get("frl.parameter_names")))
                .extracting(name -> name.asText())
                .contains("a//b", "/root", "ü=1", "ö=1");
        assertThat(run.events()).isNotEmpty();
    }

    @Test
    void a_request_that_a_proxy_calls_too_large_is_sent_in_parts() throws Exception {
        // Given
        recordAll(events(experiment(20)));
        String expected = mlflow.state();
        mlflow.close();
        mlflow = new FakeMlflow();
        mlflow.largestBatch = 3000;

        // When
        recordAll(events(experiment(20)));

        // Then
        assertThat(mlflow.state()).isEqualTo(expected);
        assertThat(mlflow.tooLarge).isPositive();
    }

    @Test
    void a_server_with_the_limits_of_another_release_gets_smaller_batches_and_shorter_values() throws Exception {
        // Given
        recordAll(events(experiment(20)));
        String expected = mlflow.state();
        mlflow.close();
        mlflow = new FakeMlflow();
        mlflow.mostEntries = 10;

        // When
        recordAll(events(experiment(20)));

        // Then
        assertThat(mlflow.state()).isEqualTo(expected);

        // Given
        mlflow.longestParameter = 250;
        mlflow.longestTag = 5000;
        var values = Map.of("long", "y".repeat(7000), "short", "1", "middle", "z".repeat(251));
        var store = new MlflowStore(settings(mlflow.uri(), Duration.ofSeconds(10)));
        var found =
                store.findOrCreate(Map.of("frl.run_id", "r"), new MlflowStore.New("r", 0, Map.of("frl.run_id", "r")));

        // When: also again, as after a restart
        for (int i = 0; i < 2; i++) {
            store.logParameters(found.id(), values);
            store.log(found.id(), List.of(new MetricPoint("m", 1, 0)), 0, values);
        }

        // Then
        assertThat(mlflow.run("r").params)
                .containsEntry("long", "y".repeat(249) + "…")
                .containsEntry("middle", "z".repeat(249) + "…")
                .containsEntry("short", "1");
        assertThat(mlflow.run("r").tags).containsEntry("long", "y".repeat(4999) + "…");
        assertThat(mlflow.run("r").metrics).containsExactly("m step 0 at 0: 1.0");
    }

    @Test
    void what_a_proxy_answers_is_told_without_its_markup_and_with_what_to_do() {
        var settings = settings("http://mlflow", Duration.ofSeconds(5));
        assertThat(MlflowCalls.refused(
                        settings,
                        "create a run",
                        502,
                        "<html>\r\n<head><title>502 Bad Gateway</title></head><body><hr>nginx</body></html>"))
                .hasMessage(
                        "cannot create a run: MLflow at http://mlflow responds with status 502: 502 Bad Gateway. The proxy in front of the server does not reach it: start MLflow, or look at the proxy");
        assertThat(MlflowCalls.refused(settings, "create a run", 429, "<p>slow <b>down</b></p>"))
                .hasMessageContaining("429: slow down. The server limits the number of requests");
        assertThat(MlflowCalls.refused(settings, "create a run", 500, "<hr>")).hasMessageEndingWith("no reason given");
        assertThat(MlflowCalls.refused(settings, "create a run", 401, "{}")).hasMessageContaining("may have expired");
    }

    @Test
    void a_server_that_never_responds_times_out() {
        // Given
        var run = experiment(3).get(0).history();
        mlflow.statuses.add(-1);

        // When
        RecorderException e;
        long start = System.nanoTime();
        try (var recorder = new MlflowRecorder(settings(mlflow.uri(), Duration.ofMillis(300)))) {
            e = catchThrowableOfType(
                    RecorderException.class,
                    () -> recorder.record(run, run.events().get(0)));
        }

        // Then
        assertThat(e).hasMessageContaining("did not respond");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void an_unreachable_server_is_told_with_its_address() {
        // Given
        String uri = mlflow.uri();
        mlflow.close();
        var run = experiment(3).get(0).history();

        // When
        RecorderException e;
        try (var recorder = new MlflowRecorder(settings(uri, Duration.ofSeconds(5)))) {
            e = catchThrowableOfType(
                    RecorderException.class,
                    () -> recorder.record(run, run.events().get(0)));
        }

        // Then
        assertThat(e)
                .hasMessageContaining("cannot be reached")
                .hasMessageContaining(uri)
                .hasMessageContaining("MLFLOW_TRACKING_URI");
    }

    /** What MLflow 3 responds to the name of a container, or of an ingress. */
    @Test
    void a_server_that_refuses_the_name_of_its_host_is_said_to_need_allowed_hosts() {
        // When
        var e = MlflowCalls.refused(
                settings("http://mlflow:5000", Duration.ofSeconds(5)),
                "search for experiment frl",
                403,
                "Invalid Host header - possible DNS rebinding attack detected");

        // Then
        assertThat(e).hasMessageContaining("--allowed-hosts").hasMessageNotContaining("PASSWORD");
    }

    @Test
    void wrong_credentials_are_named_and_not_printed() {
        // Given
        mlflow.statuses.addAll(List.of(401, 401, 401, 401)); // a create follows a search
        var secret = new MlflowSettings(
                URI.create(mlflow.uri()),
                "frl",
                new MlflowSettings.Credentials.UserAndPassword("ada", "s3cret"),
                Duration.ofSeconds(5),
                Map.of());

        // When
        RecorderException e;
        try (var recorder = new MlflowRecorder(secret)) {
            e = catchThrowableOfType(RecorderException.class, recorder::connect);
        }

        // Then
        assertThat(e.getMessage()).contains("401", "MLFLOW_TRACKING_PASSWORD").doesNotContain("s3cret");
        assertThat(secret.toString()).doesNotContain("s3cret");
    }

    @Test
    void every_call_carries_the_credentials_artifacts_too() throws Exception {
        // Given
        var settings = new MlflowSettings(
                URI.create(mlflow.uri()),
                "frl",
                new MlflowSettings.Credentials.Token("t0ken"),
                Duration.ofSeconds(5),
                Map.of());
        var run = experiment(3).get(0);

        // When
        try (var recorder = new MlflowRecorder(settings)) {
            var log = new TrackedEvents(recorder);
            for (RunEvent event : run.events()) {
                log.accept(event);
            }
        }

        // Then
        assertThat(mlflow.artifacts).isNotEmpty();
        assertThat(mlflow.authorizations).isNotEmpty().containsOnly("Bearer t0ken");
    }

    @Test
    void class_names_that_mlflow_refuses_are_replaced_and_stay_unique() throws Exception {
        // Given
        var names = List.of("T-shirt/top", "été \"x\" <b>", "été “x” <b>", "日本");
        var run = new SyntheticRun(Choice.of("r", Policy.NONE, 1), names)
                .epoch(0, new double[] {.1, .1, .1, .1}, new double[] {.2, .2, .2, .2});

        // When
        recordAll(run.events());

        // Then
        assertThat(mlflow.run("r").metrics.stream().filter(m -> m.startsWith("class/robust_err/")))
                .extracting(m -> m.replaceAll(" step.*", ""))
                .containsExactly(
                        "class/robust_err/00_T-shirt-top",
                        "class/robust_err/01_ete-x-b",
                        "class/robust_err/02_ete-x-b",
                        "class/robust_err/03");
    }

    @Test
    void a_hundred_classes_are_percentiles_and_within_the_limits() throws Exception {
        // When
        recordAll(events(experiment(100)));

        // Then
        assertThat(mlflow.run("none-1").metrics)
                .anyMatch(m -> m.startsWith("class/robust_err/p90 "))
                .anyMatch(m -> m.startsWith("class/robust_err/largest5 "))
                .noneMatch(m -> m.contains("class-17"));
    }

    @Test
    void a_failed_run_ends_as_failed_with_its_reason() throws Exception {
        // Given
        var run = new SyntheticRun(Choice.of("r", Policy.NONE, 1), List.of("a", "b"))
                .epoch(0, new double[] {.1, .4}, new double[] {.2, .8})
                .failed("loss is NaN in epoch 1 after PT10M");

        // When
        recordAll(run.events());

        // Then
        assertThat(mlflow.run("r").status).isEqualTo("FAILED");
        assertThat(mlflow.run("r").tags)
                .containsEntry("frl.stop_reason", "failed")
                .containsEntry("frl.failure", "loss is NaN in epoch 1 after 10 min");
        assertThat(mlflow.parent().status).isEqualTo("FAILED");
    }

    @Test
    void a_run_that_a_user_deleted_stays_deleted() throws Exception {
        // Given
        var run = new SyntheticRun(Choice.of("r", Policy.NONE, 1), List.of("a", "b"));
        recordAll(run.events());
        mlflow.run("r").stage = "deleted";

        // When
        recordAll(run.epoch(0, new double[] {.1, .4}, new double[] {.2, .8}).events());

        // Then
        assertThat(mlflow.run("r").metrics).isEmpty();
        assertThat(mlflow.runs).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_run_that_was_deleted_and_is_restored_lacks_nothing(boolean inAnotherProcess) throws Exception {
        // Given
        var all = events(experiment(3));
        recordAll(all);
        String expected = mlflow.state();
        mlflow.close();
        mlflow = new FakeMlflow();
        var own = all.stream()
                .filter(event -> event.runId().equals("frl-reweight-remargin-1"))
                .toList();
        var others = all.stream().filter(event -> !own.contains(event)).toList();

        // When: it is deleted for a few epochs of its own, while all others go on
        Map<String, String> withheld;
        try (var recorder = recorder()) {
            var log = new TrackedEvents(recorder);
            own.subList(0, 7).forEach(log::accept);
            mlflow.run("frl-reweight-remargin-1").stage = "deleted";
            own.subList(7, own.size() - 4).forEach(log::accept);
            log.retryNow();
            log.recordBehind(event -> {});
            others.forEach(log::accept);
            withheld = recorder.withheld();
            if (!inAnotherProcess) {
                mlflow.run("frl-reweight-remargin-1").stage = "active";
                own.subList(own.size() - 4, own.size()).forEach(log::accept);
                recordRest(log);
                assertThat(recorder.withheld()).isEmpty();
            }
        }
        if (inAnotherProcess) {
            mlflow.run("frl-reweight-remargin-1").stage = "active";
            recordAllButFirst(own.size() - 4, own, others);
        }

        // Then
        assertThat(withheld).containsOnlyKeys("frl-reweight-remargin-1");
        assertThat(withheld.values()).allSatisfy(why -> assertThat(why).contains("deleted", "restore"));
        assertThat(mlflow.state()).isEqualTo(expected);
    }

    /** As a process does that starts again: events that were recorded before are only remembered. */
    private void recordAllButFirst(int recorded, List<RunEvent> own, List<RunEvent> others) throws RecorderException {
        try (var recorder = recorder()) {
            var log = new TrackedEvents(recorder);
            others.forEach(log::remember);
            own.subList(0, recorded).forEach(log::remember);
            own.subList(recorded, own.size()).forEach(log::accept);
            log.summariseRemembered();
            recordRest(log);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_run_that_was_deleted_when_it_ended_is_recorded_with_the_next_summary(boolean inAnotherProcess)
            throws Exception {
        // Given
        var all = events(experiment(3));
        recordAll(all);
        String expected = mlflow.state();
        mlflow.close();
        mlflow = new FakeMlflow();

        // When
        try (var recorder = recorder()) {
            var log = new TrackedEvents(recorder);
            all.subList(0, 3).forEach(log::accept);
            mlflow.runs.values().stream()
                    .filter(run -> run.tags.get("frl.kind").equals("warm-start"))
                    .forEach(run -> run.stage = "deleted");
            all.subList(3, all.size() - 1).forEach(log::accept);
            log.retryNow();
            log.recordBehind(event -> {});
            log.summariseNews();
            assertThat(recorder.withheld()).hasSize(1);
            mlflow.runs.values().forEach(run -> run.stage = "active");
            if (!inAnotherProcess) {
                log.accept(all.get(all.size() - 1));
                recordRest(log);
                assertThat(recorder.withheld()).isEmpty();
            }
        }
        if (inAnotherProcess) {
            recordAllButFirst(all.size() - 1, all, List.of());
        }

        // Then
        assertThat(mlflow.state()).isEqualTo(expected);
    }

    @Test
    void a_deleted_experiment_is_reported_with_what_to_do() {
        // Given
        mlflow.experiments.put("frl", "deleted");

        // When / Then
        try (var recorder = recorder()) {
            assertThatThrownBy(recorder::connect).hasMessageContaining("was deleted. Restore it");
        }
    }

    @Test
    void artifacts_are_written_directly_to_a_shared_folder(@TempDir Path folder) throws Exception {
        // Given
        mlflow.close();
        mlflow = new FakeMlflow(folder.toUri() + "%s");

        // When
        recordAll(experiment(3).get(0).events());

        // Then
        try (var files = Files.walk(folder)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .contains("resolved.json", "per_class.json", "index.html")
                    .noneMatch(f -> f.endsWith(".tmp"));
        }
    }

    @Test
    void an_unreachable_artifact_store_does_not_delay_the_metrics() throws Exception {
        // Given
        mlflow.close();
        mlflow = new FakeMlflow("s3://bucket/%s");

        // When
        recordAll(experiment(3).get(0).events());

        // Then
        assertThat(mlflow.run("warm-1").status).isEqualTo("FINISHED");
        assertThat(mlflow.artifacts).isEmpty();
    }

    @Test
    void links_lead_to_the_page_for_model_training() throws Exception {
        // Given
        try (var recorder = recorder()) {
            var run = experiment(3).get(0).history();
            recorder.record(run, run.events().get(0));

            // When / Then
            assertThat(recorder.page().toString())
                    .isEqualTo(mlflow.uri() + "/#/experiments/1/runs?workflowType=machine_learning");
            assertThat(recorder.page("fashion-frl-5f2a9c"))
                    .hasValueSatisfying(p -> assertThat(p.toString()).contains("/#/experiments/1/runs/run000?"));
        }
    }
}
