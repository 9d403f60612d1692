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
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunPlan;
import java.util.Locale;
import java.util.function.Function;

/** Runs a spec in this process to its end. Resumes it if it was interrupted, and shows its results if it has ended. */
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
        var settings = options.embedded().settings(context, home).withoutOthers();
        var spec = reader.apply(context.site().checks(home, settings.data()));
        if (spec.plan().isEmpty()) {
            spec.report("nothing was run").forEach(context.err()::println);
            return ExitCode.USAGE;
        }
        try (var session = Session.start(context, home, settings, false)) {
            var statuses = RunStatuses.readable(context, session.cluster());
            var experiments = ExperimentStatuses.of(context, session.cluster());
            var generation = choose(
                    session,
                    statuses,
                    experiments,
                    Generation.written(spec.bytes(), spec.plan().get()),
                    spec.shownAs());
            var histories = RunHistories.of(context, session.cluster(), statuses.of(generation.runIds()));
            int code = ExitCode.OK;
            if (!generation.hasEndedIn(statuses, experiments)) {
                others(session, statuses, generation);
                code = follow(session, histories, generation);
            }
            if (code == ExitCode.INTERRUPTED) {
                return code;
            }
            return new Results(context, home, settings.mlflow())
                    .show(session, histories, generation.plan(), options.json());
        }
    }

    /** The generation to run, to resume, or to show the results of. */
    private Generation choose(
            Session session, RunStatuses statuses, ExperimentStatuses experiments, Generation written, String file) {
        Generation latest = written.latestIn(statuses, experiments);
        if (!latest.isIn(statuses, experiments)) {
            return latest;
        }
        if (!latest.hasEndedIn(statuses, experiments)) {
            session.say(String.format(
                    Locale.ROOT,
                    "%s was started before; resuming it.",
                    latest.plan().experimentId()));
            return latest;
        }
        if (options.again()) {
            var next = latest.raised();
            session.say(String.format(
                    Locale.ROOT,
                    "%s has ended; running it again as generation %d, %s.",
                    latest.plan().experimentId(),
                    next.number(),
                    next.plan().experimentId()));
            return next;
        }
        String id = latest.plan().experimentId();
        session.say(String.format(Locale.ROOT, "%s has ended; these are its results. To run it again: --again", id));
        ExperimentSummary.ended(
                        id,
                        experiments.of(id),
                        RunFinder.ofExperimentAlone(statuses, id),
                        file,
                        "`frl up`, and in another terminal ")
                .forEach(session::say);
        return latest;
    }

    private int follow(Session session, RunHistories histories, Generation generation) {
        CliContext context = global.context();
        var plan = generation.plan();
        session.say(String.format(
                Locale.ROOT,
                "%s: %s; logs in %s",
                plan.experimentId(),
                RunSummary.counted(plan),
                context.shown(global.home().log())));
        session.cluster().publish(plan.name(), generation.spec());
        var watch = new RunWatch(context, plan.name(), plan.runs(), histories);
        session.warnThrough(watch::say);
        if (!watch.toTheEnd(session.cluster(), session::requireServices)) {
            context.err().println("Stopping. Progress is saved; run the same command to resume.");
            return ExitCode.INTERRUPTED;
        }
        return ExitCode.OK;
    }

    private static void others(Session session, RunStatuses statuses, Generation generation) {
        var own = generation.plan().runs().stream().map(RunPlan::runId).toList();
        long others = statuses.all().stream()
                .filter(s -> !s.phase().isTerminal() && s.phase() != Phase.PAUSED && !own.contains(s.runId()))
                .count();
        if (others > 0) {
            session.say(String.format(
                    Locale.ROOT,
                    "%s of other experiments in this home %s not ended, and %s too.",
                    HumanFormat.count(others, "run"),
                    others == 1 ? "has" : "have",
                    others == 1 ? "resumes" : "resume"));
        }
    }
}
