package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.context.SpecPlaces;
import dev.frl.spec.Admission;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.Admission.Rejected;
import dev.frl.spec.ExperimentPlan;
import dev.frl.spec.SpecProblem;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** A spec as the user names it: read, checked, and what is wrong with it told. */
public final class SpecFile {
    /** Longer ones are refused; how much longer does not matter. */
    private static final int READ_AT_MOST = 16 << 20;

    private final String shownAs;
    private final byte[] bytes;
    private final List<SpecProblem> problems;
    private final Optional<ExperimentPlan> plan;

    private SpecFile(String shownAs, byte[] bytes, List<SpecProblem> problems, Optional<ExperimentPlan> plan) {
        this.shownAs = shownAs;
        this.bytes = bytes;
        this.problems = List.copyOf(problems);
        this.plan = plan;
    }

    /**
     * Reads the file and finds everything that is wrong with it at once.
     *
     * @throws CliException if there is no such file or it cannot be read
     */
    public static SpecFile read(CliContext context, Path file, SiteChecks site) {
        return read(file.toString(), bytes(context, file), site);
    }

    /**
     * Finds everything that is wrong with a spec at once.
     *
     * @param shownAs what a person calls it
     */
    public static SpecFile read(String shownAs, byte[] bytes, SiteChecks site) {
        Admission admission = new SpecReader(new StandardCatalogue()).read(bytes);
        var problems = new ArrayList<SpecProblem>();
        Optional<ExperimentPlan> plan = Optional.empty();
        if (admission instanceof Rejected rejected) {
            problems.addAll(rejected.problems());
        } else if (admission instanceof Admitted admitted) {
            plan = Optional.of(admitted.plan());
        }
        // What is wrong with the file as a whole has no path: then it was not read to its end, and must not be here
        // either.
        if (problems.stream().noneMatch(p -> p.path().isEmpty())) {
            problems.addAll(site.problems(SpecPlaces.of(bytes), plan));
        }
        problems.sort(Comparator.comparingInt(p -> p.line() == null ? 0 : p.line()));
        return new SpecFile(shownAs, bytes, problems, problems.isEmpty() ? plan : Optional.empty());
    }

    private static byte[] bytes(CliContext context, Path file) {
        Path path = context.resolve(file);
        if (Files.isDirectory(path)) {
            throw CliException.usage("%s is a folder; name a spec in it".formatted(file));
        }
        try (var in = Files.newInputStream(path)) {
            return in.readNBytes(READ_AT_MOST);
        } catch (java.nio.file.NoSuchFileException e) {
            throw CliException.usage("there is no file %s. Examples: examples/quickstart.yaml".formatted(file));
        } catch (IOException e) {
            throw CliException.usage("%s cannot be read: %s".formatted(file, e.getMessage()));
        }
    }

    /** The same spec, of which these are the problems, in this order. */
    SpecFile withProblems(List<SpecProblem> others) {
        return new SpecFile(shownAs, bytes, others, others.isEmpty() ? plan : Optional.empty());
    }

    public List<SpecProblem> problems() {
        return problems;
    }

    /** Empty if there is a problem. */
    public Optional<ExperimentPlan> plan() {
        return plan;
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    /** As the user wrote it. */
    public String shownAs() {
        return shownAs;
    }

    /** The problems for a person; the first line says how many. */
    public List<String> report() {
        var lines = new ArrayList<String>();
        int count = problems.size();
        lines.add("%s: %s, nothing was run".formatted(shownAs, count == 1 ? "1 problem" : count + " problems"));
        int width = problems.stream()
                .mapToInt(p -> p.line() == null ? 0 : String.valueOf(p.line()).length())
                .max()
                .orElse(0);
        for (SpecProblem p : problems) {
            var where = p.line() == null ? "" : ("line %-" + width + "d  ").formatted(p.line());
            lines.add("  " + where + (p.path().isEmpty() ? "" : p.path() + " ") + p.message());
        }
        return lines;
    }
}
