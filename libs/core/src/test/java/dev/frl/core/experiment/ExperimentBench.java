package dev.frl.core.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.command.Answer;
import dev.frl.core.command.Command;
import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentDecider.Decision;
import dev.frl.core.experiment.ExperimentInput.AddRun;
import dev.frl.core.experiment.ExperimentInput.Submit;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunReport;
import dev.frl.core.run.RunReport.Score;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.Deadlines;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.TrainingSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The experiments of a controller with their stores. After every decision, the facts of a store add up to the experiment's state. */
final class ExperimentBench {
    static final String NAME = "exp";
    static final String ID = "exp-1";

    final Experiments experiments = new Experiments();
    final Map<String, Map<String, ExperimentFact>> stores = new TreeMap<>();
    final Map<String, List<ExperimentEvent>> logs = new TreeMap<>();
    final List<RunInput.Signal> signals = new ArrayList<>();
    final List<Answer> answers = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private int commands;

    /** Events of all experiments that got the input. */
    List<ExperimentEvent> input(ExperimentInput input) {
        now = now.plusSeconds(1);
        var targets = new ArrayList<@Nullable ExperimentState>(experiments.of(input));
        if (targets.isEmpty()) {
            targets.add(null);
        }
        var events = new ArrayList<ExperimentEvent>();
        for (var target : targets) {
            var time = input instanceof Submit ? experiments.timeOfSubmission(NAME, now) : now;
            var decision = ExperimentDecider.decide(target, input, time);
            keep(decision);
            events.addAll(decision.events());
        }
        return events;
    }

    private void keep(Decision decision) {
        signals.addAll(decision.signals());
        answers.addAll(decision.answers());
        var state = decision.state();
        if (state == null) {
            return;
        }
        experiments.put(state);
        var store = stores.computeIfAbsent(state.experimentId(), id -> new TreeMap<>());
        decision.changes().forEach((slot, fact) -> {
            if (fact == null) {
                store.remove(slot);
            } else {
                store.put(slot, fact);
            }
        });
        logs.computeIfAbsent(state.experimentId(), id -> new ArrayList<>()).addAll(decision.events());
        assertThat(ExperimentState.load(store.values()).describe())
                .as("the facts of the store add up to the state")
                .isEqualTo(state.describe());
    }

    /** The controller restarts. */
    void restart() {
        stores.values().forEach(store -> experiments.put(ExperimentState.load(store.values())));
    }

    ExperimentState state(String id) {
        return experiments.ofName(NAME).stream()
                .filter(state -> state.experimentId().equals(id))
                .findFirst()
                .orElseThrow();
    }

    ExperimentStatus status() {
        return state(ID).status();
    }

    /** Signals since the last call. */
    List<RunInput.Signal> taken() {
        var taken = List.copyOf(signals);
        signals.clear();
        return taken;
    }

    Answer answer() {
        return answers.get(answers.size() - 1);
    }

    void submit(ExperimentSettings settings, List<RunPlan> runs) {
        submit(ID, settings, runs, null);
    }

    void submit(String id, ExperimentSettings settings, List<RunPlan> runs, @Nullable Command extend) {
        input(new Submit(NAME, id, 1, Map.of("team", "a"), settings, runs.size(), extend));
        runs.forEach(run -> input(new AddRun(NAME, id, variantOfPoint(run), run)));
    }

    static Map<String, String> variantOfPoint(RunPlan run) {
        var variant = new TreeMap<>(run.variant());
        variant.remove("seed");
        return variant;
    }

    List<ExperimentEvent> order(Verb verb) {
        return input(new ExperimentInput.Ordered(NAME, command(verb, null)));
    }

    Command command(Verb verb, @Nullable String reason) {
        return new Command("frl.commands-0@" + commands++, verb, NAME, Command.Which.FAILED, reason);
    }

    List<ExperimentEvent> retryStopped() {
        var command = new Command("frl.commands-0@" + commands++, Verb.RETRY, NAME, Command.Which.STOPPED, null);
        return input(new ExperimentInput.Ordered(NAME, command));
    }

    List<ExperimentEvent> report(String runId, Phase phase, int epoch) {
        return report(runId, phase, epoch, 0.5);
    }

    List<ExperimentEvent> report(String runId, Phase phase, int epoch, double worst) {
        return report(runId, phase, score(epoch, 0.8, 0.6, worst));
    }

    List<ExperimentEvent> report(String runId, Phase phase, Score score) {
        now = now.plusMillis(1);
        return input(new ExperimentInput.RunReported(
                new RunReport(runId, NAME, ID, phase, score.epoch(), score, null, "said so", now)));
    }

    static Score score(int epoch, double clean, double robust, double worst) {
        return new Score(epoch, clean, robust, worst, worst - 0.1, "cat", 1000, false);
    }

    /** Runs of points 0 … points − 1 with seeds 0 … seeds − 1, named {@code p0s0} and so on. */
    static List<RunPlan> runs(int points, int seeds, int epochs) {
        var runs = new ArrayList<RunPlan>();
        for (int point = 0; point < points; point++) {
            for (int seed = 0; seed < seeds; seed++) {
                runs.add(run(point, seed, epochs, null));
            }
        }
        return runs;
    }

    static RunPlan run(int point, int seed, int epochs, @Nullable String warmStart) {
        var variant = Map.of("point", String.valueOf(point), "seed", String.valueOf(seed));
        return plan(String.format(Locale.ROOT, "p%ds%d", point, seed), variant, epochs, warmStart, false);
    }

    static RunPlan warmStart(String runId, int epochs) {
        return plan(runId, Map.of(), epochs, null, true);
    }

    private static RunPlan plan(
            String runId, Map<String, String> variant, int epochs, @Nullable String warmStart, boolean isWarmStart) {
        var evaluation = new Attacks.EvaluationAttack(AttackSettings.PGD_20, 1, 2, true);
        var settings = new RunSettings(
                new DatasetSettings("fashion-mnist", new DatasetSettings.SplitSettings(10, 12, 9, 1)),
                "cnn-small",
                new TrainingSettings(
                        TrainingMethod.TRADES,
                        6,
                        epochs,
                        128,
                        1,
                        OptimizerSettings.DEFAULT,
                        LearningRateSchedule.CONSTANT,
                        null),
                null,
                new Attacks(AttackSettings.PGD_20, evaluation, evaluation),
                FairnessSettings.defaults(Policy.NONE),
                new Deadlines(Duration.ofMinutes(10), Duration.ofDays(1), 3, 1));
        return new RunPlan(runId, NAME, ID, variant, Map.of(), 0, null, settings, "{}", "00", warmStart, isWarmStart);
    }
}
