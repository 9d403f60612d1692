package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.Home;
import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.local.Session;
import dev.frl.cli.option.EmbeddedOptions;
import dev.frl.cli.option.RunOptions;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.core.run.RunPlan;
import java.util.function.Function;

/** Runs a spec in this process to its end; or goes on with it, or shows its results, where it was run before. */
public final class SpecRun {
    private final GlobalOptions global;
    private final RunOptions options;

    public SpecRun(GlobalOptions global, RunOptions options) {
        this.global = global;
        this.options = options;
    }

    /**
     * @param reader gives the spec, checked against this machine
     * @return the exit code
     */
    public int run(Function<SiteChecks, SpecFile> reader) throws InterruptedException {
        CliContext context = global.context();
        Home home = global.home();
        EmbeddedOptions.requireWritable(context, home);
        var settings = options.embedded.settings(context, home);
        var spec = reader.apply(context.site().checks(home, settings.data()));
        if (spec.plan().isEmpty()) {
            spec.report().forEach(context.err()::println);
            return ExitCode.USAGE;
        }
        try (var session = Session.start(context, home, settings, false)) {
            var book = RunHistories.of(session.cluster());
            var generation = choose(
                    session, book, Generation.written(spec.bytes(), spec.plan().get()));
            int code = generation.hasEndedIn(book) ? ExitCode.OK : follow(session, book, generation);
            if (code == ExitCode.INTERRUPTED) {
                return code;
            }
            return new Results(context, home, settings.mlflow())
                    .show(session, book, generation.plan(), options.output.json());
        }
    }

    /** The generation to run, or to go on with, or whose results to show. */
    private Generation choose(Session session, RunHistories book, Generation written) {
        Generation latest = written.latestIn(book);
        if (!latest.isIn(book)) {
            return latest;
        }
        if (!latest.hasEndedIn(book)) {
            session.say("%s was begun before; going on where it was."
                    .formatted(latest.plan().experimentId()));
            return latest;
        }
        if (options.again) {
            var next = latest.raised();
            session.say("%s was run before; running it anew as generation %d, %s."
                    .formatted(
                            latest.plan().experimentId(),
                            next.number(),
                            next.plan().experimentId()));
            return next;
        }
        session.say("%s was run before; these are its results. --again runs it anew."
                .formatted(latest.plan().experimentId()));
        return latest;
    }

    private int follow(Session session, RunHistories book, Generation generation) {
        CliContext context = global.context();
        var plan = generation.plan();
        session.say("%s: %s; logs in %s"
                .formatted(
                        plan.experimentId(),
                        Runs.counted(plan),
                        context.shown(global.home().log())));
        others(session, book, generation);
        session.cluster().publish(plan.name(), generation.spec());
        var watch = new RunWatch(context, plan.name(), plan.runs(), book);
        session.warnThrough(watch::say);
        if (!watch.toTheEnd(session.cluster())) {
            context.err().println("Stopping. Nothing that was decided is lost; the same command goes on where it was.");
            return ExitCode.INTERRUPTED;
        }
        return ExitCode.OK;
    }

    private static void others(Session session, RunHistories book, Generation generation) {
        var own = generation.plan().runs().stream().map(RunPlan::runId).toList();
        long others = book.histories().stream()
                .filter(h -> h.end().isEmpty() && !own.contains(h.plan().runId()))
                .count();
        if (others > 0) {
            session.say("%s of other experiments in this home %s not ended and %s on as well."
                    .formatted(
                            HumanFormat.count(others, "run"),
                            others == 1 ? "has" : "have",
                            others == 1 ? "goes" : "go"));
        }
    }
}
