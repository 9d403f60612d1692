package dev.frl.core.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.turn.TurnFact.Held;
import dev.frl.core.turn.TurnFact.Place;
import dev.frl.core.turn.TurnFact.Waiting;
import dev.frl.core.turn.TurnInput.Released;
import dev.frl.core.turn.TurnInput.TrainerGone;
import dev.frl.core.turn.TurnInput.TrainerSeen;
import dev.frl.core.turn.TurnInput.Wanted;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs of several experiments that come, want other trainers and go, trainers that come, fall silent and go, and a controller that
 * restarts and sleeps. Everything is drawn from one seed; a failure names it. Each decision is compared with a plain model that scans
 * all waiting runs, and is made twice: by the state that lives, and by a state that is loaded from the store.
 */
class TurnsSimulationTest {
    private static final int STEPS = 300;
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    static LongStream seeds() {
        return LongStream.range(0, 1000);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void turns_are_given_in_order_and_never_more_than_there_are_trainers(long seed) {
        // Given
        var world = new World(seed, 3);

        // When
        for (int step = 0; step < STEPS; step++) {
            world.step();
        }

        // Then
        assertThat(world.granted).as("seed %d: turns", seed).isPositive();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void among_equals_no_experiment_waits_for_more_turns_than_there_are_experiments(long seed) {
        // Given
        var world = new World(seed, 1);

        // When
        for (int step = 0; step < STEPS; step++) {
            world.step();
        }

        // Then
        assertThat(world.granted).as("seed %d: turns", seed).isPositive();
    }

    private static final class World {
        private final long seed;
        private final SplittableRandom random;
        private final int priorities;
        private final int experiments;
        private final Map<String, TurnFact> store = new TreeMap<>();
        private final Map<String, Integer> attempts = new HashMap<>();
        /** Experiments that wait without a turn: turns of others until now, and how many there may be. */
        private final Map<String, int[]> passedOver = new TreeMap<>();

        /** What the model knows of trainers: whether they count, and when they were heard of. */
        private final Map<String, TrainerSeen> trainers = new TreeMap<>();

        private Instant now = Instant.parse("2026-01-01T00:00:00Z");
        private Instant upSince = now;
        private Turns turns = Turns.load(List.of(), now);
        private int granted;

        World(long seed, int priorities) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.priorities = priorities;
            this.experiments = 1 + random.nextInt(8);
        }

        void step() {
            now = now.plusMillis(1 + random.nextInt(1000));
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4, 5 -> want();
                case 6, 7, 8, 9 -> release();
                case 10, 11, 12, 13, 14 -> trainer();
                case 15 -> decide(new TrainerGone("trainer/" + random.nextInt(6)));
                case 16, 17 -> tick(Duration.ofSeconds(5));
                case 18 -> tick(Duration.ofMinutes(random.nextInt(4)));
                default -> {
                    if (random.nextInt(3) == 0) {
                        restart();
                    } else if (random.nextInt(4) == 0) {
                        tick(PATIENCE);
                    } else {
                        repeat();
                    }
                }
            }
        }

        private void want() {
            int experiment = random.nextInt(experiments);
            var run = String.format(Locale.ROOT, "run-%d-%d", experiment, random.nextInt(6));
            int attempt = attempts.merge(run, random.nextInt(4) == 0 ? 1 : 0, Integer::sum);
            decide(wanted(run, attempt, "experiment-" + experiment, random.nextInt(priorities)));
        }

        private Wanted wanted(String run, int attempt, String experiment, int priority) {
            return new Wanted(run, attempt, experiment, priority, PATIENCE, now);
        }

        private void release() {
            var known = new TreeSet<String>();
            all(Held.class).forEach(held -> known.add(held.wanted().runId()));
            if (known.isEmpty() || random.nextInt(10) == 0) {
                all(Waiting.class).forEach(waiting -> known.add(waiting.wanted().runId()));
            }
            if (!known.isEmpty()) {
                decide(new Released(List.copyOf(known).get(random.nextInt(known.size()))));
            }
        }

        private void trainer() {
            decide(new TrainerSeen("trainer/" + random.nextInt(6), random.nextInt(5) > 0, Instant.EPOCH));
        }

        /** Messages that were handled before. */
        private void repeat() {
            var before = turns.facts();
            for (var fact : List.copyOf(store.values())) {
                if (fact instanceof Waiting waiting) {
                    assertThat(turns.decide(waiting.wanted(), now).changes()).isEmpty();
                } else if (fact instanceof Held held) {
                    assertThat(turns.decide(held.wanted(), now).changes()).isEmpty();
                }
            }
            assertThat(turns.facts()).as("seed %d: after repeats", seed).isEqualTo(before);
        }

        private void restart() {
            now = now.plus(Duration.ofMinutes(random.nextInt(60)));
            upSince = now;
            turns = Turns.load(shuffled(), now);
        }

        private List<TurnFact> shuffled() {
            var facts = new ArrayList<>(store.values());
            for (int i = facts.size() - 1; i > 0; i--) {
                facts.set(i, facts.set(random.nextInt(i + 1), facts.get(i)));
            }
            return facts;
        }

        private void decide(TurnInput input) {
            if (input instanceof TrainerSeen seen) {
                trainers.put(seen.trainer(), new TrainerSeen(seen.trainer(), seen.counts(), now));
            } else if (input instanceof TrainerGone gone) {
                trainers.remove(gone.trainer());
            }
            var loaded = Turns.load(shuffled(), now).decide(input, now);
            var live = turns.decide(input, now);
            assertThat(loaded.signals())
                    .as("seed %d: what a loaded state decides", seed)
                    .isEqualTo(live.signals());
            assertThat(loaded.changes().keySet()).isEqualTo(live.changes().keySet());
            check(input, live);
        }

        private void tick(Duration passed) {
            now = now.plus(passed);
            trainers.values()
                    .removeIf(seen -> !now.isBefore(
                            (seen.at().isAfter(upSince) ? seen.at() : upSince).plus(TrainersInSight.SILENT)));
            var decision = turns.tick(now, upSince);
            if (!trainers.isEmpty()) {
                assertThat(decision.signals())
                        .as("seed %d: nobody gives up while a trainer is in sight", seed)
                        .noneMatch(Turns.GiveUp.class::isInstance);
            }
            check(null, decision);
        }

        private void check(@Nullable TurnInput input, Turns.Decision decision) {
            var waiting = new ArrayList<>(all(Waiting.class));
            var held = new ArrayList<>(all(Held.class));
            apply(decision);
            // The run that the message is about, as it was before the turns that follow.
            if (input instanceof Wanted wanted) {
                boolean known = attempts(waiting, held).anyMatch((wanted.runId() + "@" + wanted.attempt())::equals);
                if (!known) {
                    var old = held.stream().filter(isOf(wanted.runId())).findFirst();
                    held.removeIf(isOf(wanted.runId()));
                    waiting.removeIf(w -> w.wanted().runId().equals(wanted.runId()));
                    waiting.add(entered(wanted, old.map(Held::number).orElse(null)));
                }
            } else if (input instanceof Released released) {
                held.removeIf(isOf(released.runId()));
                waiting.removeIf(w -> w.wanted().runId().equals(released.runId()));
            }
            for (var signal : decision.signals()) {
                if (signal instanceof Turns.Turn turn) {
                    grant(turn, waiting, held);
                } else {
                    waiting.removeIf(w -> w.wanted().runId().equals(signal.runId()));
                }
            }
            assertThat(held.size() >= counting() || waiting.isEmpty())
                    .as("seed %d: a run waits, and a trainer is free", seed)
                    .isTrue();
            assertThat(new ArrayList<>(turns.facts()))
                    .as("seed %d: the state, and what the store holds", seed)
                    .containsExactlyInAnyOrderElementsOf(store.values());
            assertThat(Turns.load(shuffled(), now).facts())
                    .as("seed %d: what is loaded", seed)
                    .containsExactlyInAnyOrderElementsOf(store.values());
            // An experiment that wants nothing any more begins anew when it comes back.
            passedOver
                    .keySet()
                    .retainAll(
                            waiting.stream().map(w -> w.wanted().experimentId()).toList());
        }

        private static Stream<String> attempts(List<Waiting> waiting, List<Held> held) {
            return Stream.concat(
                    waiting.stream()
                            .map(w -> w.wanted().runId() + "@" + w.wanted().attempt()),
                    held.stream().map(h -> h.wanted().runId() + "@" + h.wanted().attempt()));
        }

        /** Its number is the store's, or that of the turn that it got at once. */
        private Waiting entered(Wanted wanted, @Nullable Long old) {
            var fact = store.get(Waiting.keyOf(wanted.runId()));
            var got = store.get(Held.keyOf(wanted.runId()));
            long number = fact instanceof Waiting w ? w.number() : ((Held) Objects.requireNonNull(got)).number();
            if (old != null) {
                assertThat(number).as("seed %d: its old place", seed).isEqualTo(old.longValue());
            }
            return new Waiting(wanted, number, now);
        }

        private static Predicate<Held> isOf(String run) {
            return held -> held.wanted().runId().equals(run);
        }

        /** Compares with a scan of all that wait. */
        private void grant(Turns.Turn turn, List<Waiting> waiting, List<Held> held) {
            granted++;
            assertThat(held.size())
                    .as("seed %d: turns before this one, of %s trainers", seed, trainers)
                    .isLessThan(counting());
            var run = waiting.stream()
                    .filter(w -> w.wanted().runId().equals(turn.runId()))
                    .findFirst()
                    .orElseThrow();
            assertThat(turn.attempt()).isEqualTo(run.wanted().attempt());
            int highest =
                    waiting.stream().mapToInt(w -> w.wanted().priority()).max().orElseThrow();
            assertThat(run.wanted().priority()).as("seed %d: priority", seed).isEqualTo(highest);
            long fewest = waiting.stream()
                    .filter(w -> w.wanted().priority() == highest)
                    .mapToLong(w -> turnsOf(w.wanted().experimentId(), held))
                    .min()
                    .orElseThrow();
            assertThat(turnsOf(run.wanted().experimentId(), held))
                    .as("seed %d: turns of its experiment", seed)
                    .isEqualTo(fewest);
            var first = waiting.stream()
                    .filter(w -> w.wanted().experimentId().equals(run.wanted().experimentId()))
                    .filter(w -> w.wanted().priority() == highest)
                    .min(Comparator.comparingLong(Waiting::number))
                    .orElseThrow();
            assertThat(run).as("seed %d: first of its experiment", seed).isEqualTo(first);
            if (priorities == 1) {
                countPassedOver(run, waiting, held);
            }
            waiting.remove(run);
            held.add(new Held(run.wanted(), run.number()));
        }

        private void countPassedOver(Waiting run, List<Waiting> waiting, List<Held> held) {
            var idle = waiting.stream()
                    .map(w -> w.wanted().experimentId())
                    .filter(experiment -> turnsOf(experiment, held) == 0)
                    .collect(Collectors.toCollection(TreeSet::new));
            passedOver.keySet().retainAll(idle);
            passedOver.remove(run.wanted().experimentId());
            idle.remove(run.wanted().experimentId());
            var live = new TreeSet<String>();
            waiting.forEach(w -> live.add(w.wanted().experimentId()));
            held.forEach(h -> live.add(h.wanted().experimentId()));
            for (var experiment : idle) {
                var count = passedOver.computeIfAbsent(experiment, e -> new int[] {0, live.size() - 1});
                count[0]++;
                assertThat(count[0])
                        .as("seed %d: turns of others while %s waits without one", seed, experiment)
                        .isLessThanOrEqualTo(count[1]);
            }
        }

        private static long turnsOf(String experiment, List<Held> held) {
            return held.stream()
                    .filter(h -> h.wanted().experimentId().equals(experiment))
                    .count();
        }

        private int counting() {
            return (int) trainers.values().stream().filter(TrainerSeen::counts).count();
        }

        private void apply(Turns.Decision decision) {
            decision.changes().forEach((key, fact) -> {
                if (fact == null) {
                    store.remove(key);
                } else {
                    assertThat(fact.key()).isEqualTo(key);
                    store.put(key, fact);
                }
            });
            var live = new TreeSet<String>();
            all(Waiting.class).forEach(w -> live.add(w.wanted().experimentId()));
            all(Held.class).forEach(h -> live.add(h.wanted().experimentId()));
            assertThat(all(Place.class).stream().map(Place::experimentId))
                    .as("seed %d: places of experiments", seed)
                    .containsExactlyInAnyOrderElementsOf(live);
        }

        private <F extends TurnFact> List<F> all(Class<F> kind) {
            return store.values().stream()
                    .filter(kind::isInstance)
                    .map(kind::cast)
                    .toList();
        }
    }
}
