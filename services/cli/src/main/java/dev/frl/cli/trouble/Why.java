package dev.frl.cli.trouble;

import dev.frl.cli.run.RunStatuses;
import dev.frl.cli.run.RunSummary;
import dev.frl.cli.run.WorkersTable;
import dev.frl.cli.terminal.Bar;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.core.HumanTime;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunStatus;
import dev.frl.core.run.Work;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a run waits for: from its status and its log, and from what workers say of themselves. */
final class Why {
    /** Shards that are named one by one. */
    private static final int NAMED = 8;

    private final RunStatus run;
    private final List<WorkerStatus> holders;
    private final List<WorkerStatus> paused;
    private final @Nullable Queue queue;
    private final List<Failure> failures;
    private final Instant now;

    /**
     * The place of a run that waits for its turn.
     *
     * @param position place among the runs that wait, by the time since which they wait; experiments take turns, so that another may be next
     * @param waiting runs that wait for a turn
     * @param trainers trainers in sight that take runs, or have one
     * @param idle trainers in sight that have nothing to do
     */
    private record Queue(int position, int waiting, int trainers, int idle) {}

    /**
     * Something that went wrong.
     *
     * @param what what was requested again, or ended
     */
    private record Failure(Instant at, String what, String reason) {}

    private Why(
            RunStatus run,
            List<WorkerStatus> holders,
            List<WorkerStatus> paused,
            @Nullable Queue queue,
            List<Failure> failures,
            Instant now) {
        this.run = run;
        this.holders = holders;
        this.paused = paused;
        this.queue = queue;
        this.failures = failures;
        this.now = now;
    }

    static Why of(
            RunStatus run, RunStatuses all, Optional<RunHistory> history, List<WorkerStatus> workers, Instant now) {
        var sorted = workers.stream()
                .sorted(Comparator.comparing(WorkerStatus::role)
                        .thenComparing(WorkerStatus::host)
                        .thenComparing(WorkerStatus::instance))
                .toList();
        var holders = sorted.stream()
                .filter(worker -> worker.held() != null && worker.held().runId().equals(run.runId()))
                .toList();
        var role = run.shards() > 0 ? "attacker" : "trainer";
        var paused = sorted.stream()
                .filter(worker ->
                        worker.state() == State.PAUSED && worker.role().equals(role))
                .filter(worker -> !WorkersTable.isSilent(worker, now))
                .toList();
        var queue = waitsForTurn(run) ? queue(run, all, workers, now) : null;
        return new Why(run, holders, paused, queue, history.map(Why::failures).orElse(List.of()), now);
    }

    private static boolean waitsForTurn(RunStatus run) {
        return run.phase() == Phase.QUEUED && !run.turn();
    }

    private static Queue queue(RunStatus run, RunStatuses all, List<WorkerStatus> workers, Instant now) {
        var waiting = all.all().stream().filter(Why::waitsForTurn).toList();
        var before =
                waiting.stream().filter(r -> r.since().isBefore(run.since())).count();
        var trainers = workers.stream()
                .filter(w -> w.role().equals("trainer") && !WorkersTable.isSilent(w, now))
                .filter(w -> w.state() == State.IDLE || w.state() == State.WORKING || w.held() != null)
                .toList();
        var idle = trainers.stream().filter(w -> w.held() == null).count();
        return new Queue((int) before + 1, waiting.size(), trainers.size(), (int) idle);
    }

    /** A failure that is followed by its retry is told once. */
    private static List<Failure> failures(RunHistory history) {
        var failures = new ArrayList<Failure>();
        for (var event : history.events()) {
            failure(event).ifPresent(failure -> {
                boolean told = !failures.isEmpty()
                        && failures.get(failures.size() - 1).reason().equals(failure.reason());
                if (!told || event.isEnd()) {
                    failures.add(failure);
                }
            });
        }
        return failures;
    }

    private static Optional<Failure> failure(RunEvent event) {
        if (event instanceof RunEvent.RetryPlanned retry) {
            var what = retry.work() instanceof Work.Shard shard ? "shard " + shard.shard() : "training";
            return Optional.of(new Failure(event.at(), what, retry.reason()));
        } else if (event instanceof RunEvent.TurnWanted want && want.reason() != null) {
            return Optional.of(new Failure(event.at(), "training", want.reason()));
        } else if (event instanceof RunEvent.TrainingRequested request && request.reason() != null) {
            return Optional.of(new Failure(event.at(), "training", request.reason()));
        } else if (event instanceof RunEvent.ShardsRequested request && request.reason() != null) {
            var what = request.shard() == null ? "evaluation" : "shard " + request.shard();
            return Optional.of(new Failure(event.at(), what, request.reason()));
        } else if (event instanceof RunEvent.Dropped dropped) {
            return Optional.of(new Failure(event.at(), "message dropped", dropped.what() + ": " + dropped.why()));
        } else if (event instanceof RunEvent.Failed failed) {
            return Optional.of(new Failure(event.at(), "run failed", failed.reason()));
        }
        return Optional.empty();
    }

    /** For people. */
    List<String> lines() {
        var lines = new ArrayList<String>();
        var what = RunSummary.what(run);
        lines.add(String.format(
                Locale.ROOT, "%s: %s%s", run.runId(), what.isEmpty() ? "" : what + " of ", run.experimentId()));
        boolean ended = run.phase().isTerminal();
        lines.add(row(ended ? "ended" : "waits", HumanFormat.reason(run.reason(), now)));
        lines.add(row("since", HumanFormat.when(run.since(), now)));
        if (!ended) {
            if (run.attempt() > 0) {
                lines.add(row("attempt", String.valueOf(run.attempt())));
            }
            missing().ifPresent(text -> lines.add(row("missing", text)));
            if (queue != null) {
                lines.add(row("queue", told(queue)));
            }
            if (holders.isEmpty()) {
                lines.add(row("held by", "nobody"));
            }
            holders.stream().limit(NAMED).forEach(worker -> lines.add(row("held by", told(worker))));
            if (holders.size() > NAMED) {
                lines.add(row(
                        "",
                        String.format(
                                Locale.ROOT, "and %d more; `frl workers list` shows all", holders.size() - NAMED)));
            }
            paused.stream().limit(NAMED).forEach(worker -> lines.add(row("paused", pause(worker))));
            if (run.progress() != null) {
                lines.add(row("progress", progress(run.progress())));
            }
            lines.add(row("next", next()));
        }
        if (!failures.isEmpty()) {
            lines.add(row("failures", HumanFormat.count(failures.size(), "failure") + " so far"));
            failures.forEach(failure -> lines.add(String.format(
                    Locale.ROOT,
                    "    %s, %s: %s",
                    HumanFormat.when(failure.at(), now),
                    failure.what(),
                    HumanFormat.reason(failure.reason(), now))));
        }
        return lines;
    }

    private static String row(String heading, String text) {
        return String.format(Locale.ROOT, "  %-9s %s", heading, text).stripTrailing();
    }

    private String next() {
        var next = HumanTime.in(run.next());
        return run.deadline().isAfter(now)
                ? String.format(Locale.ROOT, "%s: %s", HumanFormat.when(run.deadline(), now), next)
                : "within seconds, if a controller runs: " + next;
    }

    private Optional<String> missing() {
        if (run.shards() == 0) {
            return Optional.empty();
        }
        int missing = run.shards() - run.shardsDone();
        long held = holders.stream().filter(worker -> shardOf(worker) != null).count();
        long free = Math.max(0, missing - held);
        return Optional.of(String.format(
                Locale.ROOT,
                "%d of %d shards%s",
                missing,
                run.shards(),
                free == 0 ? "" : String.format(Locale.ROOT, "; %d of them wait for a free attacker", free)));
    }

    private static Work.@Nullable Shard shardOf(WorkerStatus worker) {
        var held = worker.held();
        return held != null && held.work() instanceof Work.Shard shard ? shard : null;
    }

    private String told(WorkerStatus worker) {
        var shard = shardOf(worker);
        var held = worker.held();
        var what = shard != null
                ? String.format(Locale.ROOT, "shard %d of epoch %d", shard.shard(), shard.epoch())
                : String.format(
                        Locale.ROOT, "epoch %d", held == null ? 0 : held.work().epoch());
        var silent = WorkersTable.isSilent(worker, now)
                ? ", not heard of for " + HumanFormat.duration(Duration.between(worker.at(), now))
                : "";
        return String.format(
                Locale.ROOT,
                "%s on %s: %s, since %s%s",
                worker.role(),
                HumanFormat.line(worker.host()),
                what,
                HumanFormat.when(worker.since(), now),
                silent);
    }

    /** A worker that could do the work, if its host had what it lacks. */
    private String pause(WorkerStatus worker) {
        return String.format(
                Locale.ROOT,
                "%s on %s%s: %s",
                worker.role(),
                HumanFormat.line(worker.host()),
                worker.until() == null ? "" : ", takes work again " + HumanFormat.when(worker.until(), now),
                worker.reason() == null ? "no reason was told" : HumanFormat.reason(worker.reason(), now));
    }

    private static String told(Queue queue) {
        var trainers = queue.trainers() == 0
                ? "no trainer is in sight; to start one: frl up"
                : String.format(
                        Locale.ROOT,
                        "%s in sight, %d idle",
                        HumanFormat.count(queue.trainers(), "trainer"),
                        queue.idle());
        return String.format(
                Locale.ROOT, "%d of %d that wait, by time; %s", queue.position(), queue.waiting(), trainers);
    }

    private String progress(RunStatus.WorkDone progress) {
        return String.format(
                Locale.ROOT,
                "%s, told by %s %s",
                Bar.percent(progress.share()).strip(),
                HumanFormat.line(progress.host()),
                progress.at().isAfter(now) ? "just now" : HumanFormat.when(progress.at(), now));
    }

    /** For scripts. */
    Map<String, @Nullable Object> json() {
        var json = new LinkedHashMap<String, @Nullable Object>();
        boolean ended = run.phase().isTerminal();
        json.put("run", run.runId());
        json.put("experiment", run.experiment());
        json.put("experimentId", run.experimentId());
        json.put("phase", run.phase().name().toLowerCase(Locale.ROOT));
        json.put("reason", HumanTime.in(run.reason()));
        json.put("since", run.since().toString());
        json.put("attempt", run.attempt());
        json.put("deadline", ended ? null : run.deadline().toString());
        json.put("next", ended ? null : HumanTime.in(run.next()));
        json.put("shards", run.shards());
        json.put("missing", run.shards() - run.shardsDone());
        json.put("heldBy", holders.stream().map(this::json).toList());
        json.put("paused", paused.stream().map(Why::pausedJson).toList());
        json.put("queue", queue == null ? null : json(queue));
        json.put("failures", failures.stream().map(Why::json).toList());
        return json;
    }

    private Map<String, @Nullable Object> json(WorkerStatus worker) {
        var shard = shardOf(worker);
        var held = worker.held();
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("role", worker.role());
        json.put("host", worker.host());
        json.put("instance", worker.instance());
        json.put("epoch", held == null ? null : held.work().epoch());
        json.put("part", shard == null ? null : shard.part().name().toLowerCase(Locale.ROOT));
        json.put("shard", shard == null ? null : shard.shard());
        json.put("since", worker.since().toString());
        json.put("silent", WorkersTable.isSilent(worker, now));
        return json;
    }

    private static Map<String, @Nullable Object> pausedJson(WorkerStatus worker) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("role", worker.role());
        json.put("host", worker.host());
        json.put("instance", worker.instance());
        json.put("reason", worker.reason());
        json.put("until", worker.until() == null ? null : worker.until().toString());
        return json;
    }

    private static Map<String, @Nullable Object> json(Queue queue) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("position", queue.position());
        json.put("waiting", queue.waiting());
        json.put("trainersInSight", queue.trainers());
        json.put("idleTrainers", queue.idle());
        return json;
    }

    private static Map<String, @Nullable Object> json(Failure failure) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("at", failure.at().toString());
        json.put("what", failure.what());
        json.put("reason", HumanTime.in(failure.reason()));
        return json;
    }
}
