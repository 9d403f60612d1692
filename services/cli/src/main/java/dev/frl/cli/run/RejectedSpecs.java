package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Table.Cell;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.client.SkippedRecords;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.spec.SpecProblem;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The latest rejection of each name, if it is of the last 35 days and no spec of that experiment was accepted after it. Specs
 * without a key have the position of their record for a name. Immutable.
 */
public final class RejectedSpecs {
    private static final Duration LISTED = Duration.ofDays(35);
    private static final int NAMED = 5;

    private final RunStatuses statuses;
    private final List<SpecRejected> rejected;

    private RejectedSpecs(RunStatuses statuses, List<SpecRejected> rejected) {
        this.statuses = statuses;
        this.rejected = rejected;
    }

    /**
     * Reads them. A line on stderr tells what could not be read: runs are shown also to a user who may not read the topic.
     *
     * @throws CliException temporary, if no broker answers
     */
    public static RejectedSpecs of(CliContext context, Cluster cluster, RunStatuses statuses) {
        var accepted = new HashMap<String, Instant>();
        statuses.all().forEach(run -> accepted.merge(run.experiment(), run.plannedAt(), RejectedSpecs::later));
        Instant oldest = context.clock().instant().minus(LISTED);
        var latest = new HashMap<String, SpecRejected>();
        SkippedRecords skipped;
        try {
            skipped = cluster.rejections(
                    spec -> latest.merge(name(spec), spec, (a, b) -> b.at().isBefore(a.at()) ? a : b));
        } catch (CliException e) {
            if (e.exitCode() != ExitCode.FAILED) {
                throw e;
            }
            context.err().printf(Locale.ROOT, "Rejected specs are not shown: %s.%n", e.getMessage());
            return new RejectedSpecs(statuses, List.of());
        }
        LostRecords.tell(context, skipped);
        return new RejectedSpecs(
                statuses,
                latest.values().stream()
                        .filter(spec -> !spec.at().isBefore(oldest))
                        .filter(spec -> spec.at().isAfter(accepted.getOrDefault(name(spec), Instant.MIN)))
                        .sorted(Comparator.comparing(SpecRejected::at).thenComparing(RejectedSpecs::name))
                        .toList());
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    /** Name under which a user finds it. */
    private static String name(SpecRejected spec) {
        var experiment = spec.experiment();
        return experiment == null || experiment.isBlank() ? spec.source() : experiment;
    }

    /** Oldest first. */
    public List<SpecRejected> all() {
        return rejected;
    }

    /** The rejection that followed these runs of an experiment. Warm starts come first, and may be of another one. */
    public Optional<SpecRejected> of(List<RunStatus> runs) {
        return runs.isEmpty()
                ? Optional.empty()
                : whole(runs.get(runs.size() - 1).experiment());
    }

    /**
     * The rejection that a name, or an unambiguous prefix, stands for; empty if it stands for runs or for nothing.
     *
     * @throws CliException failed, if it is a prefix of several
     */
    public Optional<SpecRejected> withoutRuns(String name) {
        if (RunFinder.isWhole(statuses, name)) {
            return Optional.empty();
        }
        var named = whole(name);
        if (named.isPresent()) {
            return named;
        }
        if (RunFinder.isPrefix(statuses, name)) {
            return Optional.empty();
        }
        var completed =
                rejected.stream().filter(spec -> name(spec).startsWith(name)).toList();
        if (completed.size() > 1) {
            throw CliException.failed(String.format(
                    Locale.ROOT,
                    "%s stands for several rejected specs: %s%s",
                    name,
                    completed.stream().limit(NAMED).map(RejectedSpecs::name).collect(Collectors.joining(", ")),
                    completed.size() > NAMED ? ", …" : ""));
        }
        return completed.stream().findFirst();
    }

    private Optional<SpecRejected> whole(String name) {
        return rejected.stream().filter(spec -> name(spec).equals(name)).findFirst();
    }

    /** One row for each. */
    public static Table table(List<SpecRejected> rejected, Instant now) {
        var table = new Table()
                .left("REJECTED", "experiment")
                .left("WHEN", "since")
                .right("PROBLEMS", "count")
                .left("FIRST PROBLEM", "first");
        for (var spec : rejected) {
            table.row(
                    Cell.of(name(spec)),
                    Cell.of(HumanFormat.when(spec.at(), now)),
                    Cell.of(spec.problems().size()),
                    Cell.of(problems(spec).get(0).toString()));
        }
        return table;
    }

    /** Prints one with all its problems. */
    public static void print(CliContext context, SpecRejected spec) {
        context.out()
                .printf(
                        Locale.ROOT,
                        "%s: spec rejected %s, %s, no run was started (%s)%n",
                        HumanFormat.line(name(spec)),
                        HumanFormat.when(spec.at(), context.clock().instant()),
                        HumanFormat.count(spec.problems().size(), "problem"),
                        HumanFormat.line(spec.source()));
        SpecFile.lines(problems(spec)).forEach(context.out()::println);
    }

    /** With the keys of a run's status, of which most are null. */
    static Map<String, @Nullable Object> json(SpecRejected spec) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        StatusTable.KEYS.forEach(key -> json.put(key, null));
        json.put("experiment", spec.experiment());
        json.put("phase", "rejected");
        json.put("reason", spec.source() + " was rejected: " + problems(spec).get(0));
        json.put("since", spec.at().toString());
        json.put("problems", spec.problems());
        return json;
    }

    /** On one line each: they come over the network. */
    private static List<SpecProblem> problems(SpecRejected spec) {
        return spec.problems().stream()
                .map(p -> new SpecProblem(p.line(), HumanFormat.line(p.path()), HumanFormat.line(p.message())))
                .toList();
    }
}
