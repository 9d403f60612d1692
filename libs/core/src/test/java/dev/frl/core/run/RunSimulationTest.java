package dev.frl.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.command.Verb;
import dev.frl.core.errors.Tally;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.run.Outbox.Assignment;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.Outbox.ToRun;
import dev.frl.core.run.Outbox.Update;
import dev.frl.core.run.RunEvent.Awaited;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Reopened;
import dev.frl.core.run.RunEvent.ShardDuplicated;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.core.run.RunInput.WorkProgressed;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.Part;
import dev.frl.core.turn.TurnInput;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The controller of several runs, with workers that die, fail, respond twice or late, or are replaced while they still work, with one
 * host that fails whatever it takes, one run that cannot be trained, and a controller that restarts and sleeps. Everything is drawn from
 * one seed; a failure names it, and {@code new World(seed, …)} repeats it step by step.
 *
 * <p>The invariants below hold after every event. At the end the runs have the same numbers as without any failure.
 */
class RunSimulationTest {
    private static final int EPOCHS = 4;
    private static final String BAD_HOST = "bad-host";
    private static final AtomicInteger duplicated = new AtomicInteger();

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_run_ends_with_the_same_numbers_whatever_fails_on_the_way(long seed) {
        // Given
        var undisturbed = new World(seed, 0);
        undisturbed.simulate();

        // When
        var disturbed = new World(seed, 0.3);
        disturbed.simulate();

        // Then
        disturbed.logs.values().forEach(log -> Invariants.everyPrefixOfTheLogHasAStatus(seed, log));
        for (var run : List.of("warm", "run", "other")) {
            assertThat(disturbed.numbers(run))
                    .as(
                            "seed %d: %s, %s",
                            seed, run, disturbed.states.get(run).status().reason())
                    .isEqualTo(undisturbed.numbers(run));
        }
        assertThat(disturbed.numbers("run")).as("epochs and two tests").hasSize(EPOCHS + 1 + 2);
        assertThat(disturbed.states.get("bad").status().reason())
                .as("seed %d", seed)
                .startsWith("training diverged");
    }

    @AfterAll
    static void slow_shards_were_given_out_a_second_time() {
        assertThat(duplicated.get()).isPositive();
    }

    static LongStream seeds() {
        return LongStream.range(0, 1000);
    }

    /** One controller, its workers, and the messages in flight, in no order. */
    private static final class World {
        private final long seed;
        private final SplittableRandom random;
        private final double trouble;
        private final Map<String, RunState> states = new TreeMap<>();
        private final Map<String, Map<String, RunFact>> stores = new TreeMap<>();
        private final Map<String, List<RunEvent>> logs = new TreeMap<>();
        private final List<Runnable> inFlight = new ArrayList<>();
        private final Map<String, Integer> onDisk = new HashMap<>();
        private final Map<String, Integer> updated = new HashMap<>();
        private final Map<String, Integer> withdrawals = new HashMap<>();
        private final ArrayDeque<RunInput> signals = new ArrayDeque<>();
        private int orders;
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");
        private Instant upSince = now;

        World(long seed, double trouble) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.trouble = trouble;
        }

        void simulate() {
            input(Plans.input(Plans.plan("warm", Policy.NONE, EPOCHS, 3, 100, null)));
            input(new RunInput.Await("warm", "run"));
            input(Plans.input(Plans.plan("run", Policy.FRL_REWEIGHT_REMARGIN, EPOCHS, 3, 100, "warm")));
            input(new RunInput.Plan(Plans.plan("other", Policy.FRL_REWEIGHT, EPOCHS, 3, 100, null), 2));
            input(Plans.input(Plans.plan("bad", Policy.NONE, EPOCHS, 3, 100, null)));
            for (int step = 0; !haveEnded(); step++) {
                assertThat(step)
                        .as("seed %d: steps without an end, %s", seed, summary())
                        .isLessThan(40_000);
                if (trouble > 0 && random.nextInt(100) == 0) {
                    sleep();
                } else if (trouble > 0 && orders < 20 && random.nextInt(10) == 0) {
                    orders++;
                    order();
                } else if (inFlight.isEmpty() || (trouble > 0 && random.nextInt(20) == 0)) {
                    now = now.plus(Duration.ofMinutes(11));
                    List.copyOf(states.keySet()).forEach(run -> input(new RunInput.Tick(run, upSince)));
                } else {
                    inFlight.remove(random.nextInt(inFlight.size())).run();
                }
            }
        }

        /** The controller sleeps for days, and nothing is requested again when it wakes up. */
        private void sleep() {
            now = now.plus(Duration.ofDays(30));
            upSince = now;
            for (var run : List.copyOf(states.keySet())) {
                int before = logs.get(run).size();
                input(new RunInput.Tick(run, now));
                assertThat(logs.get(run).subList(before, logs.get(run).size()))
                        .as("seed %d: only retries whose time has come", seed)
                        .allMatch(event -> reason(event).contains("no data")
                                || reason(event).contains("hiccup"));
            }
        }

        private static String reason(RunEvent event) {
            if (event instanceof TrainingRequested request) {
                return String.valueOf(request.reason());
            }
            return event instanceof ShardsRequested request ? String.valueOf(request.reason()) : "";
        }

        private List<String> summary() {
            return states.values().stream()
                    .map(run -> run.plan().runId() + ": " + run.status().reason())
                    .toList();
        }

        private boolean haveEnded() {
            return List.of("warm", "run", "other").stream()
                            .allMatch(run -> states.get(run).phase() == Phase.FINISHED)
                    && states.get("bad").phase() == Phase.FAILED;
        }

        /** A message may be lost with its worker, or be delivered twice. */
        private void send(Runnable delivery) {
            if (random.nextDouble() >= trouble) {
                inFlight.add(delivery);
            }
            if (random.nextDouble() < trouble) {
                inFlight.add(delivery);
            }
        }

        private void input(RunInput input) {
            var run = input.runId();
            now = now.plusMillis(1);
            if (random.nextDouble() < trouble && states.containsKey(run)) {
                states.put(run, RunState.load(stores.get(run).values())); // the controller restarts
            }
            var decision = RunDecider.decide(states.get(run), input, now);
            decision.replies().forEach(this::deliver);
            if (decision.state() == null) {
                return;
            }
            states.put(run, decision.state());
            var store = stores.computeIfAbsent(run, r -> new TreeMap<>());
            decision.changes().forEach((slot, fact) -> {
                if (fact == null) {
                    store.remove(slot);
                } else {
                    store.put(slot, fact);
                }
            });
            Invariants.theStoreAddsUpToTheSameState(seed, decision.state(), store);
            var log = logs.computeIfAbsent(run, r -> new ArrayList<>());
            for (var event : decision.events()) {
                if (!event.isLogged()) {
                    continue;
                }
                log.add(event);
                if (event instanceof ShardDuplicated) {
                    duplicated.incrementAndGet();
                }
                Invariants.check(seed, decision.state(), log);
            }
            decision.events().stream()
                    .flatMap(event -> Outbox.of(decision.state(), event).stream())
                    .forEach(this::deliver);
        }

        /** Allows more epochs, and takes back what users did to the runs that are to end. */
        private void experiment(RunReport report) {
            var run = report.runId();
            if (report.phase() == Phase.STOPPED || (report.phase() == Phase.FAILED && !run.equals("bad"))) {
                input(new RunInput.Order(run, Verb.RETRY, "again", null));
            } else if (report.phase() == Phase.PAUSED && report.epoch() == 2) {
                input(new RunInput.Allow(run, EPOCHS));
            }
        }

        /** A user orders something; a pause is taken back later. */
        private void order() {
            var run = List.of("warm", "run", "other").get(random.nextInt(3));
            var verb = List.of(Verb.STOP, Verb.KILL, Verb.PAUSE, Verb.RESUME, Verb.RETRY)
                    .get(random.nextInt(5));
            input(new RunInput.Order(run, verb, "a user wants it", null));
            if (verb == Verb.PAUSE) {
                inFlight.add(() -> input(new RunInput.Order(run, Verb.RESUME, "a user wants it", null)));
            }
        }

        private void deliver(Outbox.Message message) {
            if (message instanceof Outbox.ToTurns turns) {
                if (turns.input() instanceof TurnInput.Wanted wanted) {
                    inFlight.add(() -> input(new RunInput.Turn(wanted.runId(), wanted.attempt())));
                }
            } else if (message instanceof Outbox.ToExperiment told) {
                inFlight.add(() -> experiment(told.report()));
            } else if (message instanceof Outbox.Withdrawal withdrawn) {
                withdrawals.merge(withdrawn.runId(), withdrawn.attempt(), Math::max);
            } else if (message instanceof ToRun told) {
                // Within the controller's transaction; Kafka keeps the order from one run to another.
                signals.add(told.signal());
                inFlight.add(() -> input(signals.remove()));
            } else if (message instanceof Assignment assignment) {
                if (random.nextDouble()
                        >= trouble / 4) { // else its deliveries are used up before a trainer says anything
                    inFlight.add(() -> train(assignment));
                }
            } else if (message instanceof ShardTask task) {
                send(() -> attack(task));
            } else if (message instanceof Update update) {
                updated.put(update.runId(), update.update().forEpoch());
            }
        }

        /** A trainer at work: it announces the checkpoint on disk, trains after an update, and may die at any step. */
        private void train(Assignment assignment) {
            var run = assignment.plan().runId();
            if (assignment.attempt() <= withdrawals.getOrDefault(run, -1)) {
                return;
            }
            var host = host();
            if (run.equals("bad") && states.get(run).trainedEpoch() == 1) {
                inFlight.add(() -> input(failed(assignment, FailureKind.PERMANENT, "training diverged", host)));
                return;
            }
            if (host.equals(BAD_HOST)) {
                inFlight.add(() -> input(failed(assignment, FailureKind.HOST, "no data", host)));
                return;
            }
            if (random.nextDouble() < trouble / 8) {
                inFlight.add(() -> input(failed(assignment, FailureKind.RETRYABLE, "hiccup", host)));
                return;
            }
            if (random.nextDouble() < trouble) {
                send(() -> input(new WorkProgressed(
                        run,
                        new Work.EpochTraining(states.get(run).trainedEpoch() + 1),
                        assignment.attempt(),
                        0.5,
                        1,
                        host,
                        now)));
            }
            if (random.nextDouble() < trouble / 4) {
                boolean lost = random.nextBoolean();
                if (!lost) { // its lease expires, and the broker delivers the assignment again
                    inFlight.add(() -> train(assignment));
                }
                return;
            }
            int epoch = onDisk.getOrDefault(run, 0);
            if (updated.getOrDefault(run, -1) == epoch + 1 && epoch < EPOCHS) {
                onDisk.put(run, ++epoch);
            }
            int announced = epoch;
            inFlight.add(() -> input(epochTrained(run, announced, assignment.attempt())));
            inFlight.add(() -> train(assignment));
        }

        private String host() {
            return trouble > 0 && random.nextInt(4) == 0 ? BAD_HOST : "host-" + random.nextInt(3);
        }

        private WorkFailed failed(Assignment assignment, FailureKind kind, String reason, String host) {
            var work = new Work.EpochTraining(states.get(assignment.runId()).trainedEpoch() + 1);
            return new WorkFailed(assignment.runId(), work, assignment.attempt(), reason, kind, host, now);
        }

        private EpochTrained epochTrained(String run, int epoch, int attempt) {
            var sha = run + epoch;
            return new EpochTrained(
                    run,
                    epoch,
                    attempt,
                    new CheckpointRef("file:/" + sha, sha),
                    null,
                    Plans.MANIFEST,
                    1.0 / (epoch + 1),
                    Duration.ofSeconds(3),
                    "host",
                    "engine",
                    now);
        }

        private void attack(ShardTask task) {
            if (task.trainingAttempt() <= withdrawals.getOrDefault(task.runId(), -1)) {
                return;
            }
            var host = host();
            var work = new Work.Shard(task.part(), task.epoch(), task.shard());
            if (host.equals(BAD_HOST) || random.nextDouble() < trouble / 8) {
                var kind = host.equals(BAD_HOST) ? FailureKind.HOST : FailureKind.RETRYABLE;
                send(() -> input(new WorkFailed(task.runId(), work, task.attempt(), "no data", kind, host, now)));
                return;
            }
            if (random.nextDouble() < trouble) {
                send(() -> input(new WorkProgressed(task.runId(), work, task.attempt(), 0.5, 1, host, now)));
            }
            var sha = task.weights().sha256();
            send(() -> input(new RunInput.ShardAttacked(
                    task.runId(),
                    task.part(),
                    task.epoch(),
                    task.shard(),
                    task.attempt(),
                    sha,
                    tally(task.part(), task.shard(), sha.hashCode()),
                    Duration.ofSeconds(1),
                    "host",
                    "engine",
                    now)));
        }

        /** Three shards that add up to the manifest, with errors that depend on the weights alone. */
        private static Tally tally(Part part, int shard, int weights) {
            var clean = new long[9];
            var attacked = new long[9];
            for (int label = 0; label < 3; label++) {
                long n = Plans.MANIFEST.of(part).get(label);
                long seen = n * (shard + 1) / 3 - n * shard / 3;
                long fallen = Math.min(seen, Math.floorMod(weights + label * 7 + shard, 3));
                clean[label * 4] = seen;
                attacked[label * 4] = seen - fallen;
                attacked[label * 3 + (label + 1) % 3] = fallen;
            }
            return Tally.of(3, clean, attacked);
        }

        /** All results of a run. */
        List<Object> numbers(String run) {
            var numbers = new ArrayList<>();
            for (var event : logs.get(run)) {
                if (event instanceof EpochEvaluated e) {
                    numbers.add(List.of(e.epoch(), e.tally(), e.update(), e.bestEpoch(), e.bestScore()));
                } else if (event instanceof TestEvaluated t) {
                    numbers.add(List.of(t.selection(), t.epoch(), t.tally(), t.weights()));
                }
            }
            return numbers;
        }
    }

    /** Invariants that hold after every event. */
    private static final class Invariants {
        private Invariants() {}

        static void check(long seed, RunState state, List<RunEvent> log) {
            everyEpochIsEvaluatedOnceAndInOrder(seed, log);
            everyLedgerIsConserved(seed, log);
            nothingHappensAfterTheEnd(seed, log);
            noStateIsWithoutReasonAndDeadline(seed, state);
        }

        private static void everyEpochIsEvaluatedOnceAndInOrder(long seed, List<RunEvent> log) {
            int next = 0;
            for (var event : log) {
                if (event instanceof EpochEvaluated evaluated) {
                    assertThat(evaluated.epoch())
                            .as("seed %d: EpochEvaluated in order", seed)
                            .isEqualTo(next++);
                    assertThat(evaluated.update().forEpoch()).isEqualTo(next);
                }
            }
        }

        private static void everyLedgerIsConserved(long seed, List<RunEvent> log) {
            for (var event : log) {
                if (event instanceof EpochEvaluated e) {
                    assertThat(Plans.MANIFEST.matches(Part.VALIDATION, e.tally()))
                            .as("seed %d", seed)
                            .isTrue();
                } else if (event instanceof TestEvaluated t) {
                    assertThat(Plans.MANIFEST.matches(Part.TEST, t.tally()))
                            .as("seed %d", seed)
                            .isTrue();
                }
            }
        }

        private static void nothingHappensAfterTheEnd(long seed, List<RunEvent> log) {
            for (int i = 0; i < log.size() - 1; i++) {
                var after = log.get(i + 1);
                assertThat(log.get(i))
                        .as("seed %d, event %d of %d", seed, i, log.size())
                        .matches(e -> !e.isEnd() || after instanceof Awaited || after instanceof Reopened);
            }
        }

        private static void noStateIsWithoutReasonAndDeadline(long seed, RunState state) {
            var status = state.status();
            assertThat(status.reason()).as("seed %d", seed).isNotBlank();
            if (!status.phase().isTerminal()) {
                assertThat(status.deadline()).as("seed %d", seed).isAfter(status.since());
            }
        }

        /** A reader of the log may ask for the status after any event, also between two events of one decision. */
        private static void everyPrefixOfTheLogHasAStatus(long seed, List<RunEvent> log) {
            for (int end = 1; end <= log.size(); end++) {
                assertThat(RunState.replay(log.subList(0, end)).status().reason())
                        .as("seed %d, event %d", seed, end)
                        .isNotBlank();
            }
        }

        private static void theStoreAddsUpToTheSameState(long seed, RunState state, Map<String, RunFact> store) {
            assertThat(withoutProgress(RunState.load(store.values()).status()))
                    .as("seed %d", seed)
                    .isEqualTo(withoutProgress(state.status()));
            assertThat(store.size()).as("seed %d: live facts", seed).isLessThan(20);
            if (state.phase().isTerminal()) {
                assertThat(store.keySet()).as("seed %d", seed).noneMatch(slot -> slot.startsWith("shard"));
            }
        }

        /** What workers report between two facts is not stored. */
        private static List<Object> withoutProgress(RunStatus s) {
            return List.of(s.phase(), s.epoch(), s.since(), s.shardsDone(), s.shards(), String.valueOf(s.latest()));
        }
    }
}
