package dev.frl.cli.run;

import dev.frl.cli.context.CliException;
import dev.frl.cli.context.SpecPlaces;
import dev.frl.core.run.RunPlan;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.ExperimentPlan;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.charset.StandardCharsets;

/**
 * One of the times that an experiment was run. The same spec is the same runs, however often it is published; {@code
 * metadata.generation} makes them new ones. Immutable.
 */
public final class Generation {
    private static final int AT_MOST = 10_000;

    private final int number;
    private final byte[] spec;
    private final ExperimentPlan plan;

    private Generation(int number, byte[] spec, ExperimentPlan plan) {
        this.number = number;
        this.spec = spec;
        this.plan = plan;
    }

    /** What the spec says. */
    static Generation written(byte[] spec, ExperimentPlan plan) {
        int number = SpecPlaces.of(spec)
                .metadata("generation")
                .map(place -> Integer.parseInt(place.text()))
                .orElse(1);
        return new Generation(number, spec.clone(), plan);
    }

    /** From the spec's own on, the latest that was begun; the spec's own if none was. */
    Generation latestIn(RunHistories book) {
        Generation latest = this;
        for (Generation next = raised(); next.isIn(book); next = next.raised()) {
            latest = next;
        }
        return latest;
    }

    /** Warm starts do not count: they are shared, and no generation makes them new. */
    boolean isIn(RunHistories book) {
        return plan.runs().stream().anyMatch(r -> !r.warmStart() && book.has(r.runId()));
    }

    boolean hasEndedIn(RunHistories book) {
        return plan.runs().stream().map(RunPlan::runId).allMatch(book::ended);
    }

    /** The same experiment, to be run anew. */
    Generation raised() {
        if (number >= AT_MOST) {
            throw CliException.failed(
                    "generation %d is as far as --again counts; rename the experiment".formatted(number));
        }
        byte[] next = withGeneration(number + 1);
        if (!(new SpecReader(new StandardCatalogue()).read(next) instanceof Admitted admitted)) {
            throw new IllegalStateException("a spec was good, and with another generation it is not");
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
        // Before the name, on a line of its own or within the same braces: both are YAML, the latter JSON as well.
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
