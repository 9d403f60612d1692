package dev.frl.cli.run;

import dev.frl.cli.terminal.Bar;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.LiveArea;
import dev.frl.cli.terminal.Meter;
import dev.frl.cli.terminal.Terminal;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Progress of some runs, as lines for a terminal. */
public final class RunProgress {
    /** Long enough for several epochs, so that the rate is steady. */
    private static final Duration LATELY = Duration.ofMinutes(10);

    private static final Duration SETTLED = Duration.ofSeconds(5);

    private static final int WIDEST_NAME = 40;
    /** A window with fewer columns gets short forms. */
    private static final int NARROW = 100;

    /** Columns of the phase: as wide as the longest without progress. */
    private static final int PHASE = 14;

    private static final int BAR = 24;
    private static final int NARROW_BAR = 10;

    private final String title;
    private final List<RunPlan> plans;
    private final RunHistories histories;
    private final Terminal terminal;
    private final Instant begun;
    private final Meter work = new Meter(LATELY, SETTLED);
    private final Meter epochs = new Meter(LATELY, SETTLED);

    /** @param histories grows while the runs are watched */
    public RunProgress(String title, List<RunPlan> plans, RunHistories histories, Terminal terminal, Instant begun) {
        this.title = title;
        this.plans = List.copyOf(plans);
        this.histories = histories;
        this.terminal = terminal;
        this.begun = begun;
    }

    /** One line for all runs, then a line for each; active runs come first if not all fit. */
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
                plans.stream().mapToInt(p -> RunSummary.what(p).length()).max().orElse(0));
        var shown = runs.subList(0, Math.min(room, runs.size()));
        int phases = shown.stream()
                .flatMap(p -> histories.status(p.runId()).stream())
                .filter(s -> s.phase() != Phase.FAILED && s.phase() != Phase.STOPPED)
                .mapToInt(s -> phase(s).length())
                .max()
                .orElse(0);
        for (RunPlan plan : shown) {
            lines.add("  " + line(plan, width, Math.max(PHASE, phases), narrow));
        }
        if (runs.size() > room) {
            lines.add("  and " + HumanFormat.count(runs.size() - room, "more run"));
        }
        return lines;
    }

    /** Such as {@code 54%  31/57 epochs, 2.4 epochs/min, 6 min left}. */
    String whole(Instant now) {
        sample(now);
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
        return plans.stream().allMatch(p -> histories.ended(p.runId()));
    }

    private void sample(Instant now) {
        work.sample(now, done(now));
        epochs.sample(now, trained());
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
            var history = histories.history(plan.runId());
            var status = histories.status(plan.runId());
            if (status.isPresent() && status.get().phase().isTerminal()) {
                done += Workload.of(plan).total();
            } else if (history.isPresent() && status.isPresent()) {
                done += Workload.of(plan).done(history.get(), status.get(), begun, now, epochTime(plan));
            }
        }
        return done;
    }

    /** Mean time of the trained epochs of all runs, in proportion to their work; zero if there is none. */
    private Duration epochTime(RunPlan plan) {
        double millis = 0;
        double trainedWork = 0;
        for (RunPlan p : plans) {
            var history = histories.history(p.runId());
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
                .flatMap(p -> histories.history(p.runId()).stream())
                .mapToInt(h ->
                        (int) h.trained().keySet().stream().filter(e -> e > 0).count())
                .sum();
    }

    private int allEpochs() {
        return plans.stream().mapToInt(p -> p.settings().training().epochs()).sum();
    }

    private int urgency(RunPlan plan) {
        var phase = histories.status(plan.runId()).map(RunStatus::phase).orElse(Phase.WAITING_FOR_WARM_START);
        return switch (phase) {
            case TRAINING, EVALUATING, TESTING -> 0;
            case FAILED -> 1;
            case QUEUED -> 2;
            case WAITING_FOR_WARM_START, PAUSED -> 3;
            case FINISHED, STOPPED -> 4;
        };
    }

    private String line(RunPlan plan, int width, int phases, boolean narrow) {
        String name = String.format(Locale.ROOT, "%-" + width + "s", LiveArea.cut(RunSummary.what(plan), width));
        var status = histories.status(plan.runId());
        if (status.isEmpty()) {
            return name + "  waits for the controller";
        }
        RunStatus s = status.get();
        if (s.phase() == Phase.FAILED) {
            return name + "  " + coloured("failed: " + HumanFormat.reason(s.reason()), "31");
        }
        if (s.phase() == Phase.STOPPED) {
            return name + String.format(Locale.ROOT, "  %5s  ", RunSummary.epochs(s)) + "stopped: "
                    + HumanFormat.reason(s.reason());
        }
        String phase = String.format(Locale.ROOT, "%-" + phases + "s", phase(s));
        String coloured = s.phase() == Phase.FINISHED ? coloured(phase, "32") : phase;
        var line = new StringBuilder(name + String.format(Locale.ROOT, "  %5s  ", RunSummary.epochs(s)) + coloured);
        histories
                .history(plan.runId())
                .flatMap(RunSummary::worst)
                .or(() -> RunSummary.worst(s))
                .ifPresent(w -> line.append("  ").append(worst(w, narrow)));
        if (!narrow) {
            RunSummary.rate(s).ifPresent(rate -> line.append("  ").append(rate));
        }
        return line.toString().stripTrailing();
    }

    /** Such as {@code training, 37%} and {@code evaluating 1/2, 63%}. */
    private static String phase(RunStatus s) {
        return RunSummary.phaseAndShards(s)
                + RunSummary.share(s).map(share -> ", " + share).orElse("");
    }

    /** Such as {@code worst class Shirt, 71.2% robust error}. */
    private static String worst(RunSummary.WorstClass w, boolean narrow) {
        String form = narrow ? "%s %.1f%%" : "worst class %s, %.1f%% robust error";
        return String.format(Locale.ROOT, form, HumanFormat.line(w.className()), 100 * w.robustError());
    }

    /** An evaluation as a line of a log. */
    static String evaluated(String run, RunSummary.WorstClass w) {
        return String.format(
                Locale.ROOT,
                "%s: %s evaluated, robust error %.1f%%, worst class %s with %.1f%%",
                run,
                w.on(),
                100 * w.totalRobustError(),
                HumanFormat.line(w.className()),
                100 * w.robustError());
    }

    private String coloured(String text, String code) {
        return terminal.colour() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
