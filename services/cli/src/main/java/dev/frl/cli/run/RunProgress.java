package dev.frl.cli.run;

import dev.frl.cli.terminal.Bar;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.LiveArea;
import dev.frl.cli.terminal.Meter;
import dev.frl.cli.terminal.Terminal;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** How far some runs are, in lines for a terminal. */
public final class RunProgress {
    /** Epochs come in a rhythm of their own; a rate over less would jump. */
    private static final Duration LATELY = Duration.ofMinutes(10);

    private static final Duration SETTLED = Duration.ofSeconds(5);

    private static final int WIDEST_NAME = 40;
    /** A window with fewer columns gets the short form of everything. */
    private static final int NARROW = 100;

    private static final int BAR = 24;
    private static final int NARROW_BAR = 10;

    private final String title;
    private final List<RunPlan> plans;
    private final RunHistories book;
    private final Terminal terminal;
    private final Instant begun;
    private final Meter work = new Meter(LATELY, SETTLED);
    private final Meter epochs = new Meter(LATELY, SETTLED);

    /** @param book changes while the runs go on */
    public RunProgress(String title, List<RunPlan> plans, RunHistories book, Terminal terminal, Instant begun) {
        this.title = title;
        this.plans = List.copyOf(plans);
        this.book = book;
        this.terminal = terminal;
        this.begun = begun;
    }

    /** The whole in one line, then a line for each run; the runs that are at work come first if not all fit. */
    public List<String> lines(Instant now, int atMost) {
        var lines = new ArrayList<String>();
        boolean narrow = terminal.size().get().columns() < NARROW;
        String bar = Bar.of(share(now), narrow ? NARROW_BAR : BAR, terminal.unicode());
        lines.add(title + "  " + bar + " " + whole(now));
        var runs = new ArrayList<>(plans);
        int room = Math.max(1, atMost - 1);
        if (runs.size() > room) {
            room--;
            runs.sort(Comparator.comparingInt(this::urgency));
        }
        int width = Math.min(
                WIDEST_NAME,
                plans.stream().mapToInt(p -> Runs.what(p).length()).max().orElse(0));
        for (RunPlan plan : runs.subList(0, Math.min(room, runs.size()))) {
            lines.add("  " + line(plan, width, narrow));
        }
        if (runs.size() > room) {
            lines.add("  and " + HumanFormat.count(runs.size() - room, "run") + " more");
        }
        return lines;
    }

    /** As in {@code 54%  31/57 epochs, 2.4 epochs/min, 6 min left}. */
    String whole(Instant now) {
        look(now);
        var text = new StringBuilder(Bar.percent(share(now)));
        text.append("  ").append(trained()).append('/').append(allEpochs()).append(" epochs");
        epochs.rate().ifPresent(r -> text.append(rate(r)));
        if (!allEnded()) {
            work.left(total()).ifPresent(left -> text.append(", ").append(HumanFormat.left(left)));
        }
        return text.toString();
    }

    private static String rate(double perSecond) {
        double perMinute = 60 * perSecond;
        return perMinute >= 1
                ? String.format(Locale.ROOT, ", %.1f epochs/min", perMinute)
                : String.format(Locale.ROOT, ", %.1f epochs/h", 60 * perMinute);
    }

    boolean allEnded() {
        return plans.stream().allMatch(p -> book.ended(p.runId()));
    }

    private void look(Instant now) {
        work.look(now, done(now));
        epochs.look(now, trained());
    }

    private double share(Instant now) {
        return total() == 0 ? 1 : done(now) / total();
    }

    private double total() {
        return plans.stream().mapToDouble(p -> Workload.of(p).total()).sum();
    }

    private double done(Instant now) {
        double done = 0;
        for (RunPlan plan : plans) {
            var history = book.history(plan.runId());
            var status = book.status(plan.runId());
            if (history.isPresent() && status.isPresent()) {
                done += Workload.of(plan).done(history.get(), sinceWeWatch(status.get()), now, epochTime(plan));
            }
        }
        return done;
    }

    /** An epoch that was begun before a restart is trained anew. */
    private RunStatus sinceWeWatch(RunStatus s) {
        return s.phase() == Phase.TRAINING && s.since().isBefore(begun)
                ? new RunStatus(
                        s.runId(),
                        s.experiment(),
                        s.experimentId(),
                        s.variant(),
                        s.phase(),
                        s.epoch(),
                        s.epochs(),
                        s.reason(),
                        begun,
                        s.deadline(),
                        s.shardsDone(),
                        s.shards())
                : s;
    }

    /** From all epochs that were trained so far, in proportion to their work. */
    private Duration epochTime(RunPlan plan) {
        double millis = 0;
        double trainedWork = 0;
        for (RunPlan p : plans) {
            var history = book.history(p.runId());
            if (history.isPresent()) {
                for (var epoch : history.get().trained().values()) {
                    if (epoch.epoch() > 0) {
                        millis += epoch.duration().toMillis();
                        trainedWork += Workload.of(p).trainEpoch();
                    }
                }
            }
        }
        return trainedWork == 0
                ? Duration.ZERO
                : Duration.ofMillis(
                        (long) (millis / trainedWork * Workload.of(plan).trainEpoch()));
    }

    private int trained() {
        return plans.stream()
                .flatMap(p -> book.history(p.runId()).stream())
                .mapToInt(h ->
                        (int) h.trained().keySet().stream().filter(e -> e > 0).count())
                .sum();
    }

    private int allEpochs() {
        return plans.stream().mapToInt(p -> p.settings().training().epochs()).sum();
    }

    private int urgency(RunPlan plan) {
        var phase = book.status(plan.runId()).map(RunStatus::phase).orElse(Phase.WAITING_FOR_WARM_START);
        return switch (phase) {
            case TRAINING, EVALUATING, TESTING -> 0;
            case FAILED -> 1;
            case QUEUED -> 2;
            case WAITING_FOR_WARM_START -> 3;
            case FINISHED -> 4;
        };
    }

    private String line(RunPlan plan, int width, boolean narrow) {
        String name = ("%-" + width + "s").formatted(LiveArea.cut(Runs.what(plan), width));
        var status = book.status(plan.runId());
        if (status.isEmpty()) {
            return name + "  not admitted yet";
        }
        RunStatus s = status.get();
        if (s.phase() == Phase.FAILED) {
            return name + "  " + coloured("failed: " + HumanFormat.line(s.reason()), "31");
        }
        String phase = "%-14s".formatted(phase(s));
        String coloured = s.phase() == Phase.FINISHED ? coloured(phase, "32") : phase;
        String worst = book.history(plan.runId())
                .flatMap(Runs::worst)
                .map(w -> worst(w, narrow))
                .orElse("");
        return (name + "  %5s  ".formatted(Runs.epochs(s)) + coloured + "  " + worst).stripTrailing();
    }

    private static String phase(RunStatus s) {
        return s.shards() > 0 ? "%s %d/%d".formatted(Runs.phase(s), s.shardsDone(), s.shards()) : Runs.phase(s);
    }

    /** As in {@code worst class Shirt, 71.2% robust error}. */
    private static String worst(Runs.Worst w, boolean narrow) {
        String form = narrow ? "%s %.1f%%" : "worst class %s, %.1f%% robust error";
        return String.format(Locale.ROOT, form, HumanFormat.line(w.className()), 100 * w.robustError());
    }

    /** What happened to a run, for people who read a log. */
    static String evaluated(RunHistory run, Runs.Worst w) {
        return String.format(
                Locale.ROOT,
                "%s: %s evaluated, robust error %.1f%%, worst class %s with %.1f%%",
                Runs.what(run.plan()),
                w.on(),
                100 * w.totalRobustError(),
                HumanFormat.line(w.className()),
                100 * w.robustError());
    }

    private String coloured(String text, String code) {
        return terminal.colour() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
