package dev.frl.core.run;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.command.Answer;
import dev.frl.core.command.Verb;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Ordered;
import dev.frl.core.run.RunEvent.Parked;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.Reopened;
import dev.frl.core.run.RunEvent.ShardDuplicated;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.Trained;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunEvent.TurnWanted;
import dev.frl.core.settings.Part;
import dev.frl.core.turn.TurnInput;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Messages to trainers, attackers and other runs that follow from an event. They are computed; nothing is decided here. */
public final class Outbox {
    private Outbox() {}

    /** A message to a service or to another run. */
    public sealed interface Message {
        /** Run that the message is about, and key of the message. */
        String runId();
    }

    /**
     * To the next free trainer: train this run, from its last checkpoint if there is one.
     *
     * @param attempt attempt number, starting at 1
     * @param warmStart weights to start from; null for the file in the settings, or for random initial weights
     * @param trainedEpoch last epoch that the controller knows, −1 for none. A checkpoint beyond the next epoch belongs to a life of
     *     the run that the controller has lost
     * @param update the fairness update for the next epoch; null if the last epoch is not evaluated yet
     * @param bestEpoch best epoch on validation of those up to {@code trainedEpoch}; −1 if the last one is not evaluated yet
     * @param plannedAt time at which the run was admitted; all its fairness updates are later
     * @param at time of the request; fairness updates after {@code update} are later
     */
    public record Assignment(
            RunPlan plan,
            int attempt,
            @Nullable CheckpointRef warmStart,
            int trainedEpoch,
            @Nullable FairnessUpdate update,
            int bestEpoch,
            Instant plannedAt,
            Instant at)
            implements Message {
        @Override
        public String runId() {
            return plan.runId();
        }
    }

    /**
     * To the next free attacker: attack this shard. The settings give the split, the attack and the seed, so every attacker gets
     * the same counts.
     *
     * @param part images of the evaluation
     * @param epoch epoch of the weights
     * @param shard number of the shard, from 0
     * @param shardCount shards of the evaluation
     * @param attempt attempt number, starting at 1
     * @param weights weights to attack
     * @param selection which of the run's weights these are
     * @param trainingAttempt attempt number of the run's training; a withdrawal names it
     * @param canonicalSpec the run's resolved settings as canonical JSON
     * @param specSha256 SHA-256 of {@code canonicalSpec}, 64 hex digits
     */
    public record ShardTask(
            String runId,
            Part part,
            int epoch,
            int shard,
            int shardCount,
            int attempt,
            CheckpointRef weights,
            Selection selection,
            int trainingAttempt,
            String canonicalSpec,
            String specSha256)
            implements Message {
        /** @throws IllegalArgumentException if there is no such shard */
        public ShardTask {
            if (shard < 0 || shard >= shardCount) {
                throw new IllegalArgumentException(String.format(Locale.ROOT, "shard %d of %d", shard, shardCount));
            }
        }
    }

    /**
     * To the run's trainer: fairness update, errors and best epoch so far.
     *
     * @param last whether no epoch follows
     * @param errors errors of the epoch that was evaluated
     * @param at time of the decision
     */
    public record Update(
            String runId, FairnessUpdate update, boolean last, ClassErrors errors, int bestEpoch, Instant at)
            implements Message {}

    /**
     * To all workers: work of this run is void, if it was requested in this attempt of its training or before.
     *
     * @param attempt attempt number of an assignment, and of the training of a shard; 0 when a run begins, so that nothing is void
     * @param reason for people
     */
    public record Withdrawal(String runId, int attempt, String reason) implements Message {}

    /** About the run, to whom gives turns. */
    public record ToTurns(String runId, TurnInput input) implements Message {}

    /** To the run's experiment. */
    public record ToExperiment(RunReport report) implements Message {
        @Override
        public String runId() {
            return report.runId();
        }
    }

    /** To the user who sent a command about this run. */
    public record Answered(String runId, Answer answer) implements Message {}

    /** To another run. */
    public record ToRun(RunInput.Signal signal) implements Message {
        @Override
        public String runId() {
            return signal.runId();
        }
    }

    /**
     * Messages that follow from an event.
     *
     * @param state after all events of the decision
     * @return messages in the order in which they must be sent
     */
    public static List<? extends Message> of(RunState state, RunEvent event) {
        var plan = state.plan();
        var runId = plan.runId();
        if (event
                instanceof Planned) { // a run of this id may have ended before, and be forgotten, except by the workers
            return List.of(new Withdrawal(runId, 0, "the run begins"));
        }
        if (event instanceof TurnWanted wanted) {
            var asked = new TurnInput.Wanted(
                    runId,
                    wanted.attempt(),
                    plan.experiment(),
                    plan.experimentId(),
                    plan.priority(),
                    plan.settings().deadlines().queue(),
                    wanted.at());
            // The update after the last epoch before a rest was not sent, so that the trainer would not go on.
            return Stream.of(untaken(wanted), Stream.of(new ToTurns(runId, asked)), lastUpdate(state))
                    .flatMap(messages -> messages)
                    .toList();
        }
        if (event instanceof Trained epoch && state.isLastEpoch(epoch.epoch().epoch())) {
            return List.of(released(runId));
        }
        if (event instanceof Parked rest) {
            return List.of(
                    new Withdrawal(runId, state.attempt(), rest.reason()),
                    released(runId),
                    new ToExperiment(state.report(rest.at())));
        }
        if (event instanceof Ordered ordered && ordered.verb() == Verb.RESUME) {
            return List.of(new ToExperiment(state.report(ordered.at())));
        }
        if (event instanceof Reopened again) {
            return reopened(state, again);
        }
        if (event instanceof TrainingRequested request) {
            return List.of(new Assignment(
                    plan,
                    request.attempt(),
                    state.warmStart(),
                    state.trainedEpoch(),
                    state.updateForNextEpoch(),
                    state.bestEpoch(),
                    state.plannedAt(),
                    request.at()));
        }
        if (event instanceof ShardsRequested request) {
            return tasks(state, request);
        }
        if (event instanceof ShardDuplicated slow) {
            var ledger = state.evaluation();
            return ledger == null ? List.of() : List.of(task(state, ledger.first(), slow.shard(), slow.attempt()));
        }
        if (event instanceof EpochEvaluated evaluated) {
            return state.phase() == Phase.PAUSED || state.phase() == Phase.STOPPED
                    ? List.of()
                    : List.of(update(state, evaluated));
        }
        if (event.isEnd()) {
            return ended(state, event);
        }
        return List.of();
    }

    private static Update update(RunState state, EpochEvaluated evaluated) {
        return new Update(
                evaluated.runId(),
                evaluated.update(),
                state.isLastEpoch(evaluated.epoch()),
                evaluated.errors(),
                evaluated.bestEpoch(),
                evaluated.at());
    }

    private static Stream<Message> lastUpdate(RunState state) {
        var evaluated = state.evaluated();
        return evaluated != null && state.updateForNextEpoch() != null
                ? Stream.of(update(state, evaluated))
                : Stream.empty();
    }

    /** What nobody took may still lie somewhere, and must not be trained beside the next attempt. */
    private static Stream<Message> untaken(TurnWanted wanted) {
        return wanted.failures().untaken() == 0
                ? Stream.empty()
                : Stream.of(new Withdrawal(
                        wanted.runId(),
                        wanted.attempt() - 1,
                        "the run is given to another trainer: " + wanted.reason()));
    }

    private static ToTurns released(String runId) {
        return new ToTurns(runId, new TurnInput.Released(runId));
    }

    private static List<Message> ended(RunState state, RunEvent end) {
        var plan = state.plan();
        var messages = new ArrayList<Message>();
        messages.add(
                new Withdrawal(plan.runId(), state.attempt(), state.status().reason()));
        messages.add(released(plan.runId()));
        messages.add(new ToExperiment(state.report(end.at())));
        state.dependents().forEach(dependent -> messages.add(ofWarmStart(state, dependent)));
        var warmStart = plan.warmStartRun();
        if (warmStart != null && state.warmStart() == null) {
            messages.add(new ToRun(new RunInput.NoLongerAwaited(warmStart, plan.runId())));
        }
        return messages;
    }

    private static List<Message> reopened(RunState state, Reopened again) {
        var plan = state.plan();
        var messages = new ArrayList<Message>();
        messages.add(new ToExperiment(state.report(again.at())));
        var warmStart = plan.warmStartRun();
        if (warmStart != null && state.warmStart() == null) {
            messages.add(new ToRun(new RunInput.Await(warmStart, plan.runId())));
        }
        return messages;
    }

    private static List<ShardTask> tasks(RunState state, ShardsRequested request) {
        var ledger = state.evaluation();
        if (ledger == null) {
            return List.of(); // the evaluation ended with the same decision
        }
        var shards = request.shard() == null ? ledger.missing().stream() : IntStream.of(request.shard());
        return shards.mapToObj(shard -> task(state, request, shard, request.attempt()))
                .toList();
    }

    private static ShardTask task(RunState state, ShardsRequested request, int shard, int attempt) {
        var plan = state.plan();
        return new ShardTask(
                request.runId(),
                request.part(),
                request.epoch(),
                shard,
                state.shardCount(request.part()),
                attempt,
                request.weights(),
                request.selection(),
                state.attempt(),
                plan.canonicalSpec(),
                plan.specSha256());
    }

    /** What a warm-start run that has ended tells a run that starts from its weights. */
    static ToRun ofWarmStart(RunState state, String dependent) {
        var weights = state.phase() == Phase.FINISHED ? state.lastWeights() : null;
        return new ToRun(
                weights != null
                        ? new RunInput.WarmStartReady(dependent, weights)
                        : new RunInput.WarmStartFailed(dependent, state.status().reason()));
    }
}
