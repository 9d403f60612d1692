package dev.frl.spec;

import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunPlan;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.Admission.Rejected;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What tests read specs with. */
public final class Specs {
    private Specs() {}

    public static final String MINIMAL = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: minimal}
            spec:
              dataset: {name: fashion-mnist}
              model: {arch: cnn-small}
              attack: {training: {epsilon: 0.1}}
            """;

    /** As specs were written before two of the names changed. */
    public static final String FORMER_NAMES = MINIMAL + """
              hotStart: {epochs: 3, schedule: {milestones: [0.5]}}
              training: {averaging: {decay: 0.5, judged: averaged}}
              sweep:
                grid:
                  hotStart.learningRate: [0.1, 0.2]
            """;

    /** Fashion-MNIST, 60 training and 20 test images that are too small for cnn-small, two classes, and what is drawn. */
    public static final Catalogue CATALOGUE = new Catalogue() {
        @Override
        public Optional<DatasetShape> dataset(String name, int dimensions) {
            return switch (name) {
                case "fashion-mnist" -> Optional.of(new DatasetShape(10, 1, 28, 28, 60_000, 6_000, 10_000));
                case "dots" -> Optional.of(new DatasetShape(3, 1, 2, 2, 60, 20, 20));
                case "coins" -> Optional.of(new DatasetShape(2, 1, 28, 28, 6_000, 2_000, 1_000));
                case "gaussian-mixture" -> Optional.of(DatasetShape.ofMixture(dimensions));
                default -> Optional.empty();
            };
        }

        @Override
        public List<String> datasets() {
            return List.of("fashion-mnist", "dots", "coins", "gaussian-mixture");
        }

        @Override
        public List<String> architectures() {
            return List.of("cnn-small", "cnn-bn", "linear");
        }

        @Override
        public Optional<String> whyNotFit(String architecture, DatasetShape shape) {
            return architecture.equals("cnn-small") && shape.height() < 4
                    ? Optional.of(String.format(
                            Locale.ROOT,
                            "cnn-small does not fit images of %d x %d: they are too small",
                            shape.height(),
                            shape.width()))
                    : Optional.empty();
        }
    };

    public static Admission read(String yaml) {
        return new SpecReader(CATALOGUE).read(yaml.getBytes(StandardCharsets.UTF_8));
    }

    public static Admission read(Map<String, ?> tree) {
        return new SpecReader(CATALOGUE).read(tree);
    }

    public static ExperimentPlan admitted(String yaml) {
        var admission = read(yaml);
        if (admission instanceof Admitted a) {
            return a.plan();
        }
        throw new AssertionError("rejected:\n" + admission + "\n" + yaml);
    }

    public static RunPlan onlyRun(String yaml) {
        var runs = admitted(yaml).runs();
        if (runs.size() != 1) {
            throw new AssertionError(runs.size() + " runs");
        }
        return runs.get(0);
    }

    public static List<SpecProblem> problems(String yaml) {
        return problems(read(yaml), yaml);
    }

    public static List<SpecProblem> problems(Admission admission, String of) {
        if (admission instanceof Rejected r) {
            return r.problems();
        }
        throw new AssertionError("admitted:\n" + of);
    }

    /** The root of the repository. */
    public static Path repository() {
        Path path = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(path.resolve("libs/spec"))) {
            path = Optional.ofNullable(path.getParent()).orElseThrow();
        }
        return path;
    }

    public static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
