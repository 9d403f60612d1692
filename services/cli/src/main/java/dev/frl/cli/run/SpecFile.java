package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.context.SpecPlaces;
import dev.frl.cli.local.PatientInput;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.spec.Admission;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.Admission.Rejected;
import dev.frl.spec.SpecProblem;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.spec.tree.TextTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A spec file with its problems, or else its plan. */
public final class SpecFile {
    /** Bytes read at most: enough for the spec reader to refuse a larger file. */
    private static final int READ_AT_MOST = 16 << 20;

    /** In place of a file's name, as in other commands. */
    private static final String STANDARD_INPUT = "-";

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
     * Reads the file and finds all its problems.
     *
     * @throws CliException if the file does not exist or cannot be read
     */
    public static SpecFile read(CliContext context, Path file, SiteChecks site) {
        return read(HumanFormat.line(file.toString()), bytes(context, file), site);
    }

    /**
     * Finds all problems of a spec.
     *
     * @param shownAs name of the spec in messages
     * @param written the file's content
     */
    public static SpecFile read(String shownAs, byte[] written, SiteChecks site) {
        byte[] bytes = inUtf8(written);
        Admission admission = new SpecReader(new StandardCatalogue()).read(bytes);
        var problems = new ArrayList<SpecProblem>();
        Optional<ExperimentPlan> plan = Optional.empty();
        if (admission instanceof Rejected rejected) {
            problems.addAll(rejected.problems());
        } else if (admission instanceof Admitted admitted) {
            plan = Optional.of(admitted.plan());
        } else {
            throw new IllegalStateException("the spec is neither rejected nor admitted: " + admission);
        }
        // A problem without path concerns the whole file: it was not parsed, and SpecPlaces must not parse it either.
        if (problems.stream().noneMatch(p -> p.path().isEmpty())) {
            problems.addAll(site.problems(SpecPlaces.of(bytes), plan));
        }
        problems.sort(Comparator.comparingInt(p -> p.line() == null ? 0 : p.line()));
        return new SpecFile(shownAs, bytes, problems, problems.isEmpty() ? plan : Optional.empty());
    }

    /** As the topic takes specs; unchanged if it is no text, which the reader tells. */
    private static byte[] inUtf8(byte[] written) {
        return TextTree.decode(written, (line, path, message) -> {})
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .orElse(written);
    }

    private static byte[] bytes(CliContext context, Path named) {
        String file = HumanFormat.line(named.toString());
        if (file.isEmpty()) {
            throw CliException.usage("the name of the spec is empty");
        }
        boolean standardInput = file.equals(STANDARD_INPUT);
        Path path = context.resolve(named);
        if (Files.isDirectory(path)) {
            throw CliException.usage(String.format(Locale.ROOT, "%s is a folder; name a spec in it", file));
        }
        try {
            return PatientInput.read(
                    context,
                    standardInput ? "standard input" : file,
                    () -> standardInput ? context.in() : Files.newInputStream(path),
                    READ_AT_MOST);
        } catch (java.nio.file.NoSuchFileException e) {
            // A name in another encoding arrives with this character in it, and cannot be opened.
            String what = file.indexOf('\uFFFD') >= 0
                    ? "the file %s cannot be opened: its name is not UTF-8; rename it, or write - and < before its name"
                    : "there is no file %s; an example is examples/quickstart.yaml";
            throw CliException.usage(String.format(Locale.ROOT, what, file));
        } catch (IOException e) {
            throw CliException.usage(String.format(
                    Locale.ROOT, "%s cannot be read: %s", file, HumanFormat.line(String.valueOf(e.getMessage()))));
        }
    }

    /** The same spec with these problems instead, in this order. */
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

    /** Text in UTF-8 if there is no problem. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Name of the spec in messages. */
    public String shownAs() {
        return shownAs;
    }

    /**
     * The problems as lines for the user; the first gives their number.
     *
     * @param outcome what the command did not do because of them; may be empty
     */
    public List<String> report(String outcome) {
        var lines = new ArrayList<String>();
        int count = problems.size();
        lines.add(String.format(
                Locale.ROOT,
                "%s: %s%s",
                shownAs,
                HumanFormat.count(count, "problem"),
                outcome.isEmpty() ? "" : ", " + outcome));
        lines.addAll(lines(problems));
        return lines;
    }

    /** A line for each problem. */
    static List<String> lines(List<SpecProblem> problems) {
        var lines = new ArrayList<String>();
        int width = problems.stream()
                .mapToInt(p -> p.line() == null ? 0 : String.valueOf(p.line()).length())
                .max()
                .orElse(0);
        for (SpecProblem p : problems) {
            var where = p.line() == null ? "" : String.format(Locale.ROOT, "line %-" + width + "d  ", p.line());
            lines.add("  " + where + (p.path().isEmpty() ? "" : p.path() + " ") + p.message());
        }
        return lines;
    }
}
