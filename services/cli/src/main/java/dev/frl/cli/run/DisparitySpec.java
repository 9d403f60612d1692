package dev.frl.cli.run;

import static java.util.Map.entry;

import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.data.store.Datasets;
import dev.frl.spec.SpecProblem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The disparity study as a spec: natural and adversarial training that differ in nothing else. Option values go into the spec
 * as typed, so that the spec reader finds all their problems.
 */
public final class DisparitySpec {
    private static final String NAME = "frl study disparity";
    private static final int MOST_SEEDS = 100;
    private static final int LONGEST_NAME = 63;

    /** Text that needs no quotes in YAML. */
    private static final Pattern PLAIN = Pattern.compile("-?[A-Za-z0-9][A-Za-z0-9._/+-]*");

    private static final List<String> NOT_TEXT = List.of("null", "true", "false");

    private static final String METHOD = "spec.sweep.grid.training.method[1]";

    /** Path in the spec to option. */
    private static final Map<String, String> OPTIONS = Map.ofEntries(
            entry("spec.dataset.name", "--dataset"),
            entry("spec.model.arch", "--model"),
            entry(METHOD, "--method"),
            entry("spec.attack.training.epsilon", "--epsilon"),
            entry("spec.training.epochs", "--epochs"),
            entry("spec.training.optimizer.learningRate", "--learning-rate"),
            entry("spec.dataset.split.train", "--train"),
            entry("spec.dataset.split.test", "--test"));

    @Option(
            names = "--dataset",
            paramLabel = "NAME",
            defaultValue = "fashion-mnist",
            description = "Data set; `frl data list` lists them. Default: ${DEFAULT-VALUE}")
    String dataset = "";

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "cnn-small",
            description = "Architecture. Default: ${DEFAULT-VALUE}")
    String model = "";

    @Option(
            names = "--method",
            paramLabel = "NAME",
            defaultValue = "pgd-at",
            description = "Method of adversarial training: pgd-at (the paper's figure), fgsm-at, bim-at or trades."
                    + " Default: ${DEFAULT-VALUE}")
    String method = "";

    @Option(
            names = "--epsilon",
            paramLabel = "RADIUS",
            description = "Radius of all attacks, such as 0.1 or 8/255. Default: 8/255 for colour images, else 0.1")
    @Nullable
    String epsilon;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "20",
            description = "Epochs per training run. Default: ${DEFAULT-VALUE}")
    String epochs = "";

    @Option(
            names = "--learning-rate",
            paramLabel = "RATE",
            defaultValue = "0.05",
            description =
                    "Initial learning rate; divided by 10 after 60 and 85 %% of the epochs. Default: ${DEFAULT-VALUE}")
    String learningRate = "";

    @Option(
            names = "--train",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Number of training images. Default: ${DEFAULT-VALUE}")
    String train = "";

    @Option(names = "--test", paramLabel = "N", description = "Number of test images. Default: the whole test set")
    @Nullable
    String test;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "1",
            description = "Number of nets per training method, with the seeds 1 to N. Default: ${DEFAULT-VALUE}")
    String seeds = "";

    /** @return the spec; its problems name the options instead of paths */
    public SpecFile read(SiteChecks site) {
        var own = new ArrayList<SpecProblem>();
        boolean natural = method.equals("natural");
        if (natural) {
            own.add(problem(
                    "--method",
                    "is natural, the baseline of the comparison; choose pgd-at, fgsm-at, bim-at or trades"));
        }
        if (seeds() == 0) {
            own.add(problem(
                    "--seeds",
                    String.format(Locale.ROOT, "is %s; it must be a whole number from 1 to %d", seeds, MOST_SEEDS)));
        }
        var spec = SpecFile.read(NAME, text().getBytes(StandardCharsets.UTF_8), site);
        spec.problems().stream()
                .filter(p -> !(natural && p.path().equals(METHOD))) // reported above
                .map(p -> problem(OPTIONS.getOrDefault(p.path(), p.path()), p.message()))
                .forEach(own::add);
        return spec.withProblems(own);
    }

    private static SpecProblem problem(String option, String message) {
        return new SpecProblem(null, option, message);
    }

    /** The spec as YAML, for {@code frl run}. */
    public String text() {
        var split = test == null
                ? String.format(Locale.ROOT, "{train: %s}", value(train))
                : String.format(Locale.ROOT, "{train: %s, test: %s}", value(train), value(test));
        return String.format(
                Locale.ROOT,
                """
                # The preliminary study of Xu et al. (2021): natural and adversarial training, with all classes treated alike.
                # Written by `frl study disparity`. Keys: docs/settings.md
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata:
                  name: %s
                spec:
                  dataset:
                    name: %s
                    split: %s
                  model:
                    arch: %s
                  training:
                    epochs: %s
                    optimizer: {learningRate: %s}
                  attack:
                    training: {epsilon: %s}
                    test: {method: pgd, steps: 20}
                  fairness:
                    policy: none
                  sweep:
                    grid:
                      training.method: [natural, %s]
                      training.seed: %s
                """,
                name(),
                value(dataset),
                split,
                value(model),
                value(epochs),
                value(learningRate),
                value(epsilon == null ? usualRadius() : epsilon),
                value(method),
                IntStream.rangeClosed(1, Math.max(1, seeds()))
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining(", ", "[", "]")));
    }

    private String name() {
        String name =
                String.format(Locale.ROOT, "disparity-%s-%s", dataset, model).toLowerCase(Locale.ROOT);
        String allowed = name.replaceAll("[^a-z0-9]+", "-");
        return allowed.substring(0, Math.min(LONGEST_NAME, allowed.length())).replaceAll("-+$", "");
    }

    /** 8/255 is the usual radius for CIFAR-10, 0.1 for Fashion-MNIST. */
    private String usualRadius() {
        boolean colour =
                Datasets.names().contains(dataset) && Datasets.named(dataset).channels() == 3;
        return colour ? "8/255" : "0.1";
    }

    /** Number of seeds; 0 if the option is not a whole number from 1 to the maximum. */
    private int seeds() {
        int n = seeds.matches("[0-9]{1,3}") ? Integer.parseInt(seeds) : 0;
        return n <= MOST_SEEDS ? n : 0;
    }

    /** The text as a YAML scalar. */
    private static String value(String typed) {
        return PLAIN.matcher(typed).matches() && !NOT_TEXT.contains(typed) ? typed : PrettyJson.pretty(typed);
    }
}
