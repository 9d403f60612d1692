package dev.frl.cli.run;

import dev.frl.cli.context.CliException;
import dev.frl.cli.context.SpecPlaces;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunPlan;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * One execution of an experiment. A spec that is published again gives the same run ids; another {@code
 * metadata.generation} gives new ones. Immutable.
 */
final class Generation {
    private static final int AT_MOST = 10_000;

    private final int number;
    private final byte[] spec;
    private final ExperimentPlan plan;

    private Generation(int number, byte[] spec, ExperimentPlan plan) {
        this.number = number;
        this.spec = spec;
        this.plan = plan;
    }

    /** The generation that the spec gives. */
    static Generation written(byte[] spec, ExperimentPlan plan) {
        int number = SpecPlaces.of(spec)
                .metadata("generation")
                .map(place -> Integer.parseInt(place.text()))
                .orElse(1);
        return new Generation(number, spec.clone(), plan);
    }

    /** The latest generation that was started, counted from this one; this one if none was. */
    Generation latestIn(RunStatuses statuses, ExperimentStatuses experiments) {
        Generation latest = this;
        for (Generation next = raised(); next.isIn(statuses, experiments); next = next.raised()) {
            latest = next;
        }
        return latest;
    }

    /** Whether it was submitted. Warm starts do not count: generations and experiments share them. */
    boolean isIn(RunStatuses statuses, ExperimentStatuses experiments) {
        return experiments.of(plan.experimentId()).isPresent()
                || plan.runs().stream().anyMatch(r -> !r.warmStart() && statuses.has(r.runId()));
    }

    /** An experiment that was stopped has ended, though some of its runs were never handed out. */
    boolean hasEndedIn(RunStatuses statuses, ExperimentStatuses experiments) {
        boolean known = experiments.of(plan.experimentId()).isPresent();
        return known
                ? experiments.ended(plan.experimentId())
                : runIds().stream().allMatch(statuses::ended);
    }

    /** Warm starts included. */
    List<String> runIds() {
        return plan.runs().stream().map(RunPlan::runId).toList();
    }

    /** The next generation of the same experiment. */
    Generation raised() {
        if (number >= AT_MOST) {
            throw CliException.failed(String.format(
                    Locale.ROOT,
                    "generation %d is the last that --again can start; rename the experiment in the spec",
                    number));
        }
        byte[] next = withGeneration(number + 1);
        if (!(new SpecReader(new StandardCatalogue()).read(next) instanceof Admitted admitted)) {
            throw new IllegalStateException("the spec was valid, but with another generation it is not");
        }
        return new Generation(number + 1, next, admitted.plan());
    }

    private byte[] withGeneration(int wanted) {
        String text = new String(spec, StandardCharsets.UTF_8);
        var places = SpecPlaces.of(spec);
        String value = String.valueOf(wanted);
        var written = places.metadata("generation");
        if (written.isPresent()) {
            return (text.substring(0, written.get().from())
                            + value
                            + text.substring(written.get().to()))
                    .getBytes(StandardCharsets.UTF_8);
        }
        // Inserted before the name: on its own line, or inside the braces, which is valid YAML and JSON.
        var name = places.metadata("name").orElseThrow();
        boolean flow = places.metadataIsFlow();
        int at = name.keyFrom();
        int lineBegin = text.lastIndexOf('\n', at - 1) + 1;
        String separator = flow ? ", " : "\n" + " ".repeat(text.codePointCount(lineBegin, at));
        return (text.substring(0, at) + "\"generation\": " + value + separator + text.substring(at))
                .getBytes(StandardCharsets.UTF_8);
    }

    int number() {
        return number;
    }

    byte[] spec() {
        return spec.clone();
    }

    ExperimentPlan plan() {
        return plan;
    }
}
