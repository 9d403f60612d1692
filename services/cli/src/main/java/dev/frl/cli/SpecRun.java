package dev.frl.cli;

import dev.frl.core.run.RunPlan;
import java.util.function.Function;

/** Runs a spec in this process to its end; or goes on with it, or shows its results, where it was run before. */
final class SpecRun {
    private final Frl frl;
    private final RunOptions options;

    SpecRun(Frl frl, RunOptions options) {
        this.frl = frl;
        this.options = options;
    }

    /**
     * @param reader gives the spec, checked against this machine
     * @return the exit code
     */
    int run(Function<SiteChecks, SpecFile> reader) throws InterruptedException {
        World world = frl.world();
        Home home = frl.home();
        EmbeddedOptions.requireWritable(world, home);
        var settings = options.embedded.settings(world, home);
        var spec = reader.apply(world.site().checks(home, settings.data()));
        if (spec.plan().isEmpty()) {
            spec.report().forEach(world.err()::println);
            return ExitCode.USAGE;
        }
        try (var session = Session.start(world, home, settings, false)) {
            var book = RunBook.of(session.cluster());
            var generation = choose(
                    session, book, Generation.written(spec.bytes(), spec.plan().get()));
            int code = generation.hasEndedIn(book) ? ExitCode.OK : follow(session, book, generation);
            if (code == ExitCode.INTERRUPTED) {
                return code;
            }
            return new Results(world, home, settings.mlflow())
                    .show(session, book, generation.plan(), options.output.json());
        }
    }

    /** The generation to run, or to go on with, or whose results to show. */
    private Generation choose(Session session, RunBook book, Generation written) {
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

    private int follow(Session session, RunBook book, Generation generation) {
        World world = frl.world();
        var plan = generation.plan();
        session.say("%s: %s; logs in %s"
                .formatted(
                        plan.experimentId(),
                        ValidateCommand.counted(plan),
                        world.shown(frl.home().log())));
        others(session, book, generation);
        session.cluster().publish(plan.name(), generation.spec());
        var watch = new RunWatch(world, plan.name(), plan.runs(), book);
        session.warnThrough(watch::say);
        if (!watch.toTheEnd(session.cluster())) {
            world.err().println("Stopping. Nothing that was decided is lost; the same command goes on where it was.");
            return ExitCode.INTERRUPTED;
        }
        return ExitCode.OK;
    }

    private static void others(Session session, RunBook book, Generation generation) {
        var own = generation.plan().runs().stream().map(RunPlan::runId).toList();
        long others = book.histories().stream()
                .filter(h -> h.end().isEmpty() && !own.contains(h.plan().runId()))
                .count();
        if (others > 0) {
            session.say("%s of other experiments in this home %s not ended and %s on as well."
                    .formatted(
                            InWords.count(others, "run"), others == 1 ? "has" : "have", others == 1 ? "goes" : "go"));
        }
    }
}
