package dev.frl.cli;

import dev.frl.core.run.RunPlan;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "run",
        header = "Run one experiment to its end in this process.",
        description =
                "Starts a Kafka broker and all services in this process, publishes the spec, shows how its runs go on,"
                        + " and ends with their errors class by class. May be interrupted at any time: the same command goes on"
                        + " where it was. Results of runs that have ended are shown without running them again.",
        exitCodeList = {
            "0:all runs finished",
            "1:a run failed; the reason is on stderr",
            "2:wrong usage, or the spec has problems; nothing was started",
            "75:another process uses this home",
            "130:interrupted; the same command goes on"
        })
final class RunCommand implements Callable<Integer> {
    private final Frl frl;

    @Parameters(paramLabel = "FILE", description = "Experiment spec, YAML or JSON; docs/settings.md lists every key.")
    Path file = Path.of("");

    @Option(names = "--again", description = "Run it anew though it was run before.")
    boolean again;

    @Mixin
    EmbeddedOptions embedded = new EmbeddedOptions();

    @Mixin
    OutputOption output = new OutputOption();

    RunCommand(Frl frl) {
        this.frl = frl;
    }

    @Override
    public Integer call() throws Exception {
        World world = frl.world();
        Home home = frl.home();
        EmbeddedOptions.requireWritable(world, home);
        var settings = embedded.settings(world, home);
        var spec = SpecFile.read(world, file, world.site().checks(home, settings.data()));
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
            return new Results(world, home, settings.mlflow()).show(session, book, generation.plan(), output.json());
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
        if (again) {
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
