package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.cli.context.Home;
import dev.frl.cli.local.LocalBroker;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.Work;
import dev.frl.messaging.admin.TopicReset;
import dev.frl.messaging.client.SkippedRecords;
import dev.frl.messaging.client.TopicReader;
import dev.frl.service.StandardTopics;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** submit, list, status, report, topics. */
class BrokerCommandsTest {
    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
    }

    @Test
    void submit_publishes_and_prints_the_runs() throws Exception {
        // When
        int code = context.frl("submit", context.file("good.yaml", Specs.GOOD));

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.published).containsExactly("small\n" + Specs.GOOD);
        assertThat(ids(context.out.toString())).isEqualTo("""
                RUN                          WHAT
                small-none-ID          none, seed 1
                small-frl-reweight-ID  frl-reweight, seed 1
                """);
        assertThat(ids(context.err.toString()))
                .isEqualTo("small-ID: published to kafka:9092, 2 runs. To watch: frl status small-ID -w\n");
    }

    /** As editors on Windows save files. The topic takes UTF-8. */
    @ParameterizedTest
    @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE"})
    void a_spec_in_another_encoding_is_published_in_utf_8(String charset) throws Exception {
        // Given
        var spec = directory.resolve("good.yaml");
        Files.write(spec, ("\uFEFF" + Specs.GOOD).getBytes(Charset.forName(charset)));

        // When
        int code = context.frl("submit", spec.toString());

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.published).containsExactly("small\n" + Specs.GOOD);
    }

    @Test
    void submit_watches_its_runs_to_their_end() throws Exception {
        // Given
        context.kafka.failure = "out of memory";
        var submitted = context.now;

        // When
        int code = context.frl("submit", context.file("good.yaml", Specs.GOOD), "-w");

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(context.kafka.followed.values()).containsOnly(submitted);
        assertThat(ids(context.out.toString())).contains("small-none-ID          none, seed 1          failed");
        assertThat(ids(context.err.toString()))
                .startsWith("small-ID: published to kafka:9092, 2 runs.\n")
                .contains("none, seed 1: failed: out of memory\n");
    }

    @Test
    void submit_publishes_nothing_that_has_a_problem() throws Exception {
        // When
        int code = context.frl("submit", context.file("bad.yaml", Specs.with("epoch: 2", "epochs: 2")));

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.kafka.published).isEmpty();
        assertThat(context.err.toString()).startsWith("bad.yaml: 1 problem, nothing was published");
    }

    @Test
    void list_shows_every_run() {
        // Given
        context.kafka.ran(Specs.GOOD);
        context.advance(Duration.ofMinutes(10));

        // When
        int code = context.frl("list");

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.asked).containsExactly("kafka:9092");
        assertThat(ids(context.out.toString())).isEqualTo("""
                RUN                          WHAT                  PHASE     EPOCH  WORST  CLASS  SINCE
                small-none-ID          none, seed 1          finished    2/2  60.0%  cat    8 min 50 s ago
                small-frl-reweight-ID  frl-reweight, seed 1  finished    2/2  60.0%  cat    8 min 50 s ago
                """);
        assertThat(context.kafka.eventsRead).isEmpty(); // a bounded read, however much has run
    }

    @Test
    void list_of_nothing_is_empty_json_too() {
        // When
        context.frl("list");
        context.frl("list", "-o", "json");

        // Then
        assertThat(context.err.toString()).isEqualTo("There are no runs yet.\n");
        assertThat(context.out.toString()).isEqualTo("[ ]\n");
    }

    @Test
    void status_says_where_a_run_stands_and_what_it_waits_for() {
        // Given
        var plan = FakeKafka.plan(Specs.GOOD).runs().get(0);
        context.kafka.events.addAll(new FakeRun(plan, context.now)
                .requested()
                .epoch(0)
                .trained(1)
                .evaluation(1)
                .events());
        context.advance(Duration.ofMinutes(1));

        // When
        int code = context.frl("status", "small-none");

        // Then
        assertThat(code).isZero();
        assertThat(ids(context.out.toString())).isEqualTo("""
                small-none-ID: none, seed 1 of small-ID
                  phase     evaluating 1/2, since 25 s ago
                  reason    waits for attackers: 1 of 2 shards of epoch 1 are in
                  deadline  in 9 min 40 s: the missing shards are given out again; failure 1 of 3
                  epoch     1/2
                  latest    none, seed 1: epoch 0 evaluated, robust error 45.0%, worst class cat with 60.0%

                  EPOCH  LOSS  STANDARD  BOUNDARY  ROBUST  WORST  CLASS
                      0     -     15.0%     30.0%   45.0%  60.0%  cat
                """);
    }

    @Test
    void a_partial_epoch_is_marked_in_status_and_list() throws Exception {
        // Given
        var plan = FakeKafka.plan(Specs.GOOD).runs().get(0);
        context.kafka.events.addAll(new FakeRun(plan, context.now)
                .requested()
                .epoch(0)
                .partial()
                .epoch(1)
                .events());

        // When
        context.frl("status", "small-none");
        context.frl("status", "small-none", "-o", "json");

        // Then
        assertThat(context.out.toString())
                .contains("none, seed 1: epoch 1 (partial, 20 images) evaluated")
                .contains("EVALUATED ON")
                .containsPattern("0 .* 20 images\n")
                .containsPattern("1 .* 20 images, partial: 1 of 2 shards\n")
                .contains("\"evaluatedOn\" : \"epoch 1 (partial, 20 images)\"");
    }

    @Test
    void list_and_status_show_progress_within_an_epoch() throws Exception {
        // Given
        var plan = FakeKafka.plan(Specs.GOOD).runs().get(0);
        context.kafka.events.addAll(new FakeRun(plan, context.now)
                .requested()
                .epoch(0)
                .progressed(new Work.EpochTraining(1), 0.379)
                .events());
        context.advance(Duration.ofMinutes(1));

        // When
        context.frl("list");
        context.frl("status", "small-none");
        String shown = ids(context.out.toString());
        context.out.getBuffer().setLength(0);
        context.frl("list", "-o", "json");

        // Then
        assertThat(shown).isEqualTo("""
                RUN                  WHAT          PHASE     EPOCH  PROGRESS                    WORST  CLASS  SINCE
                small-none-ID  none, seed 1  training    0/2  37%, 812 images/s on gpu-3  60.0%  cat    35 s ago
                small-none-ID: none, seed 1 of small-ID
                  phase     training, since 35 s ago
                  reason    waits for the trainer to finish epoch 1 of 2
                  deadline  in 9 min 30 s: the run is given to another trainer; failure 1 of 3
                  epoch     0/2
                  progress  epoch 1/2, 37%, 812 images/s on gpu-3, 30 s ago
                  latest    none, seed 1: epoch 0 evaluated, robust error 45.0%, worst class cat with 60.0%

                  EPOCH  LOSS  STANDARD  BOUNDARY  ROBUST  WORST  CLASS
                      0     -     15.0%     30.0%   45.0%  60.0%  cat
                """);
        var json = PrettyJson.MAPPER.readTree(context.out.toString()).get(0);
        assertThat(json.at("/progress/share").asDouble()).isEqualTo(0.379);
        assertThat(json.at("/progress/imagesPerSecond").asDouble()).isEqualTo(812);
        assertThat(json.at("/progress/host").asText()).isEqualTo("gpu-3");
        assertThat(json.at("/variant/fairness.policy").asText()).isEqualTo("none");
        assertThat(json.at("/evaluatedOn").asText()).isEqualTo("epoch 0");
    }

    @Test
    void status_and_report_read_only_the_events_of_their_runs() {
        // Given
        context.kafka.ran(Specs.GOOD);
        context.kafka.ran(Specs.with("metadata: {name: other}", "metadata: {name: small}"));
        var runs =
                FakeKafka.plan(Specs.GOOD).runs().stream().map(RunPlan::runId).toList();

        // When
        context.frl("status", runs.get(0));
        var ofStatus = List.copyOf(context.kafka.eventsRead);
        context.kafka.eventsRead.clear();
        context.frl("report", "small");
        var ofReport = List.copyOf(context.kafka.eventsRead);

        // Then
        assertThat(ofStatus).containsExactly(runs.get(0));
        assertThat(ofReport).containsExactlyElementsOf(runs);
    }

    @Test
    void a_watch_reads_from_the_time_at_which_its_runs_were_planned() {
        // Given
        context.kafka.ran(Specs.with("metadata: {name: other}", "metadata: {name: small}"));
        context.advance(Duration.ofDays(3));
        var planned = context.now;
        context.kafka.ran(Specs.GOOD);
        context.advance(Duration.ofHours(1));

        // When
        int code = context.frl("status", "small", "-w");

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.followed.keySet())
                .containsExactlyInAnyOrderElementsOf(FakeKafka.plan(Specs.GOOD).runs().stream()
                        .map(RunPlan::runId)
                        .toList());
        assertThat(context.kafka.followed.values()).containsOnly(planned);
    }

    @Test
    void a_watch_without_a_terminal_tells_of_long_epochs_once_a_minute() {
        // Given
        var plan = FakeKafka.plan(Specs.GOOD).runs().get(0);
        var run = new FakeRun(plan, context.now).requested().epoch(0);
        for (int report = 1; report <= 150; report++) {
            run.progressed(new Work.EpochTraining(1), report / 200.0);
        }
        context.kafka.events.addAll(run.events());
        var end = new RunEvent.Failed(plan.runId(), "enough", context.now.plus(Duration.ofHours(1)));
        var begin = context.now;
        context.kafka.afterEachEvent = () -> {
            if (context.now.equals(begin.plusSeconds(150))) {
                context.kafka.events.add(end);
            }
        };

        // When
        context.frl("status", plan.runId(), "-w");

        // Then: one report a second
        assertThat(context.err.toString().lines().filter(line -> line.contains("images/s")))
                .hasSize(2)
                .first()
                .asString()
                .endsWith("none, seed 1: epoch 1/2, 28%, 812 images/s on gpu-3");
    }

    @Test
    void a_run_whose_beginning_is_gone_from_the_log_keeps_its_status_and_is_said_to_be_incomplete() {
        // Given
        context.kafka.ran(Specs.GOOD);
        var runs = FakeKafka.plan(Specs.GOOD).runs();
        String lost = runs.get(0).runId();
        context.kafka.deleted.addAll(context.kafka.events.stream()
                .filter(e -> e.runId().equals(lost))
                .limit(4)
                .toList());

        // When
        int status = context.frl("status", lost);
        int watched = context.frl("status", "small", "-w");
        int report = context.frl("report", "small", "--out", "page.html");
        int nothing = context.frl("report", lost);

        // Then
        assertThat(new int[] {status, watched, report}).containsOnly(0);
        assertThat(nothing).isEqualTo(1);
        assertThat(ids(context.out.toString()))
                .contains("  phase     finished, since ")
                .contains("0 cat");
        assertThat(ids(context.err.toString()).lines().filter(line -> !line.startsWith("[")))
                .containsExactly(
                        "Skipped 9 events of 1 run, since the beginning of frl.run-log was deleted: small-none-ID. Its retention should be unlimited.",
                        "Skipped 9 events of 1 run, since the beginning of frl.run-log was deleted: small-none-ID. Its retention should be unlimited.",
                        "Skipped 9 events of 1 run, since the beginning of frl.run-log was deleted: small-none-ID. Its retention should be unlimited.",
                        "Report  page.html",
                        "Skipped 9 events of 1 run, since the beginning of frl.run-log was deleted: small-none-ID. Its retention should be unlimited.",
                        "frl report: nothing of small-none-ID can be read from frl.run-log.");
    }

    @Test
    void records_of_another_build_are_counted_and_end_a_command_only_if_nothing_can_be_read() {
        // Given
        context.kafka.skippedStatuses = skipped(3);
        int nothing = context.frl("list");
        context.kafka.ran(Specs.GOOD);

        // When
        int some = context.frl("list");
        int status = context.frl("status", "small");

        // Then
        assertThat(nothing).isEqualTo(1);
        assertThat(new int[] {some, status}).containsOnly(0);
        String advice =
                "; to read them use that build, to start anew use another --home, or delete the topics and run `frl topics create`.";
        assertThat(context.err.toString().lines())
                .containsExactly(
                        "frl list: no run can be read: skipped 3 records of frl.run-status by another build of frl"
                                + advice,
                        "Skipped 3 records of frl.run-status by another build of frl" + advice,
                        "Skipped 3 records of frl.run-status by another build of frl" + advice);
    }

    static SkippedRecords skipped(int records) {
        var topic = StandardTopics.create().runStatus;
        var skipped = new SkippedRecords();
        byte[] otherSchema = {(byte) 0xC3, 1, 9, 9, 9, 9, 9, 9, 9, 9, 0};
        for (int i = 0; i < records; i++) {
            TopicReader.value(topic, new ConsumerRecord<>(topic.name(), 0, i, "run", otherSchema), skipped);
        }
        return skipped;
    }

    @Test
    void status_watches_until_all_have_ended() {
        // Given
        context.kafka.failure = "out of memory";
        context.kafka.ran(Specs.GOOD);

        // When
        int code = context.frl("status", "small", "-w", "-o", "json");

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(context.out.toString())
                .contains("\"phase\" : \"failed\"")
                .contains("\"reason\" : \"out of memory\"");
    }

    @Test
    void an_unknown_run_names_the_nearest() {
        // Given
        context.kafka.ran(Specs.GOOD);

        // When
        int mistyped = context.frl("status", "smal-none");
        int several = context.frl("report", "small-");
        int far = context.frl("status", "cifar");

        // Then
        assertThat(new int[] {mistyped, far}).containsOnly(1);
        assertThat(several).isZero(); // only one experiment begins so
        assertThat(ids(context.err.toString()))
                .contains("frl status: there is no run or experiment smal-none. Did you mean small-none-ID?")
                .contains("frl status: there is no run or experiment cifar; `frl list` shows all runs.");
    }

    @Test
    void an_ambiguous_prefix_names_what_it_stands_for() {
        // Given
        context.kafka.ran(Specs.GOOD);
        context.kafka.ran(Specs.with("metadata: {name: smaller}", "metadata: {name: small}"));

        // When
        int code = context.frl("status", "smal");

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(ids(context.err.toString()))
                .startsWith(
                        "frl status: smal stands for several: small-none-ID, small, small-ID, small-frl-reweight-ID,");
    }

    @Test
    void a_reason_shows_durations_as_people_write_them() {
        // Given
        context.kafka.failure = "no trainer took the run within PT10M";
        context.kafka.ran(Specs.GOOD);

        // When
        context.frl("status", "small-none");

        // Then
        assertThat(context.out.toString()).contains("  reason    no trainer took the run within 10 min\n");
    }

    @Test
    void report_prints_the_table_and_writes_the_page() {
        // Given
        context.kafka.ran(Specs.GOOD);

        // When
        int code = context.frl("report", "small", "--out", "page.html");

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString()).contains("0 cat").contains("vs none: worst");
        assertThat(directory.resolve("page.html")).content().startsWith("<!doctype html>");
        assertThat(context.err.toString()).isEqualTo("Report  page.html\n");
    }

    @Test
    void a_report_on_one_run_does_not_replace_the_experiments() {
        // Given
        context.kafka.ran(Specs.GOOD);
        var run = FakeKafka.plan(Specs.GOOD).runs().get(1);

        // When
        context.frl("report", run.runId());

        // Then
        assertThat(directory.resolve(".frl/runs").resolve(run.runId()).resolve("report.html"))
                .exists();
        assertThat(directory.resolve(".frl/runs").resolve(run.experimentId())).doesNotExist();
    }

    @Test
    void the_commands_of_topics_acls_hold_any_name_of_a_file() {
        // When
        context.frl("topics", "acls", "--command-config", "my $(id) admin's.properties", "--bootstrap", "kafka:9093");

        // Then
        assertThat(context.out.toString())
                .contains("--bootstrap-server kafka:9093 --command-config 'my $(id) admin'\\''s.properties' --add");
    }

    @Test
    void topics_acls_prints_a_command_of_kafka_for_each_right() {
        // When
        int code = context.frl("topics", "acls", "--principal-prefix", "User:CN=my ", "--bootstrap", "kafka:9093");

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString().lines())
                .contains(
                        "kafka-acls.sh --bootstrap-server kafka:9093 --add --allow-principal 'User:CN=my trainer'"
                                + " --operation Write --topic frl.epoch-trained",
                        "kafka-acls.sh --bootstrap-server kafka:9093 --add --allow-principal 'User:CN=my controller'"
                                + " --operation Write --transactional-id frl-fairness-controller- --resource-pattern-type prefixed")
                .allMatch(line -> line.startsWith("# ") || line.startsWith("kafka-acls.sh "));
        assertThat(context.frl("topics", "acls", "--role", "boss")).isEqualTo(2);
        assertThat(context.err.toString()).contains("there is no role boss; the roles are controller, trainer");
    }

    @Test
    void a_variable_that_no_client_knows_is_told_once_with_the_nearest_name() {
        // Given
        context.env.put("KAFKA_SECURTIY_PROTOCOL", "SSL");
        context.env.put("KAFKA_HEAP_OPTS", "-Xmx1g");

        // When
        context.frl("list");

        // Then
        assertThat(context.err.toString())
                .containsOnlyOnce("KAFKA_SECURTIY_PROTOCOL")
                .contains("did you mean KAFKA_SECURITY_PROTOCOL?")
                .doesNotContain("KAFKA_HEAP_OPTS");
    }

    @Test
    void topics_reset_deletes_only_when_it_is_told_and_no_service_runs() {
        // Given
        context.kafka.resettable = new TopicReset.Resettable(
                List.of("frl.run-log", "frl.run-status"), List.of("frl-trainers"), List.of("frl-trainers"));

        // When
        int busy = context.frl("topics", "reset", "--yes");
        context.kafka.resettable =
                new TopicReset.Resettable(List.of("frl.run-log", "frl.run-status"), List.of("frl-trainers"), List.of());
        int unasked = context.frl("topics", "reset");
        boolean kept = !context.kafka.resettable.isEmpty();
        int told = context.frl("topics", "reset", "--yes");

        // Then
        assertThat(busy).isEqualTo(1);
        assertThat(unasked).isEqualTo(2);
        assertThat(kept).isTrue();
        assertThat(told).isZero();
        assertThat(context.kafka.resettable.isEmpty()).isTrue();
        assertThat(context.err.toString())
                .contains("members are in frl-trainers")
                .contains("--yes deletes 2 topics and 1 group at kafka:9092")
                .contains("streams in the FRL_HOME of each controller")
                .contains("frl topics create --bootstrap kafka:9092");
    }

    @Test
    void topics_create_names_what_it_created() {
        // When
        int code = context.frl("topics", "create");

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString()).isEqualTo("CREATED\nfrl.experiment-specs\nfrl.run-log\n");
        assertThat(context.err.toString()).isEqualTo("All topics exist at kafka:9092; 2 topics created.\n");
    }

    @Test
    void topics_create_says_what_it_set_and_what_it_left() {
        // Given
        context.kafka.mended = List.of("frl.run-status: cleanup.policy=compact");
        context.kafka.notes = List.of("frl.run-log has retention.ms=1, and frl needs -1: `kafka-configs.sh …`");

        // When
        int code = context.frl("topics", "create");

        // Then
        assertThat(code).isZero();
        assertThat(context.err.toString()).isEqualTo("""
                All topics exist at kafka:9092; 2 topics created.
                Set frl.run-status: cleanup.policy=compact
                Note: frl.run-log has retention.ms=1, and frl needs -1: `kafka-configs.sh …`
                """);
    }

    @Test
    void up_ends_when_a_service_fails() {
        // Given
        context.env.clear();
        context.kafka.serviceFailure = "the controller failed: there is no topic t";

        // When
        int code = context.frl("up");

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(context.err.toString())
                .endsWith(
                        "frl up: the controller failed: there is no topic t. Progress is saved; the log has the details,"
                                + " and the same command resumes.\n");
    }

    @Test
    void without_a_named_broker_the_log_of_the_home_is_read() throws Exception {
        // Given
        context.env.clear();
        context.kafka.ran(Specs.GOOD);
        int nothing = context.frl("list");
        Files.createDirectories(directory.resolve(".frl/broker"));

        // When
        int read = context.frl("list");

        // Then
        assertThat(nothing).isEqualTo(1);
        assertThat(read).isZero();
        assertThat(context.kafka.asked)
                .containsExactly(directory.resolve(".frl/broker").toString());
        assertThat(context.err.toString()).isEqualTo("""
                frl list: nothing has run under .frl yet, and no broker is named: start with `frl run FILE`, or name one with --bootstrap.
                No broker is running under .frl; starting one to read its log, a few seconds.
                """);
    }

    @Test
    void an_announced_broker_counts_while_its_process_lives() throws Exception {
        // Given
        var home = new Home(directory);

        // When
        var announcement = LocalBroker.announce(home, "127.0.0.1:777");

        // Then
        assertThat(LocalBroker.running(home))
                .contains(
                        new LocalBroker("127.0.0.1:777", ProcessHandle.current().pid()));
        announcement.close();
        assertThat(LocalBroker.running(home)).isEmpty();
        context.file("broker.json", "{\"bootstrapServers\": \"127.0.0.1:777\", \"pid\": 999999999}");
        assertThat(LocalBroker.running(home)).isEmpty();
        context.file("broker.json", "not json");
        assertThat(LocalBroker.running(home)).isEmpty();
    }

    @Test
    void events_of_a_run_whose_plan_is_lost_are_skipped() {
        // Given
        var plan = FakeKafka.plan(Specs.GOOD).runs().get(0);
        context.kafka.events.add(new RunEvent.Finished(plan.runId(), context.now));

        // When
        int code = context.frl("list");

        // Then
        assertThat(code).isZero();
        assertThat(context.err.toString()).isEqualTo("There are no runs yet.\n");
    }

    private static String ids(String text) {
        return text.replaceAll("-[0-9a-f]{8}(?= )", "-ID").replaceAll("-[0-9a-f]{8}(?![0-9a-z])", "-ID");
    }
}
