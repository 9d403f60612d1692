package dev.frl.cli.kubernetes;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.run.SpecFile;
import dev.frl.core.experiment.ExperimentPlan;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "render",
        header = "Write a sweep as Kubernetes Jobs, or as a TrainJob of Kubeflow.",
        description = {
            "Writes a ConfigMap with the spec, a Job that publishes it, and an Indexed Job with one trainer per run, warm starts"
                    + " included. For kubectl apply, in a namespace that holds the objects of k8s/base: attackers, controller and"
                    + " volumes are those.",
            "A trainer that Kubernetes evicts is replaced, and its run resumes from the last checkpoint. A failed run fails its"
                    + " index; the controller has tried it again before, as the spec says.",
            "With --trainjob, a TrainJob and its TrainingRuntime take the place of the Indexed Job: as many trainers as run at the same"
                    + " time, each of which takes run after run until the experiment has ended. Where Kubeflow Trainer has its feature gate"
                    + " TrainJobStatus, the TrainJob shows progress and the worst class."
        },
        exitCodeList = {"0:done", "2:wrong usage, the spec has problems, or it has no sweep; nothing was written"})
public final class SweepRenderCommand implements Callable<Integer> {
    /** Kubernetes takes no more indexes. */
    static final int MOST_RUNS = 100_000;

    private static final String LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
    /** Kueue takes a subdomain of DNS, as the value of a label. */
    private static final String QUEUE = "(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

    private static final String QUANTITY = "[0-9]{1,9}(\\.[0-9]{1,3})?(m|k|Ki|M|Mi|G|Gi|T|Ti)?";
    private static final String IMAGE = "[A-Za-z0-9][A-Za-z0-9._/:@-]*";

    private final GlobalOptions global;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            required = true,
            description = "Experiment spec with a sweep, YAML or JSON.")
    Path file = Path.of("");

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Name of the Jobs and the ConfigMap. Default: the id of the experiment")
    @Nullable
    String name;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "Namespace of the objects. Default: none, so that kubectl's holds")
    @Nullable
    String namespace;

    @Option(
            names = "--kueue",
            paramLabel = "QUEUE",
            description = "LocalQueue of Kueue, which starts the trainers when the quota has room for them.")
    @Nullable
    String queue;

    @Option(
            names = "--trainjob",
            description = "Write a TrainJob of Kubeflow Trainer (2.0 or newer) instead of an Indexed Job.")
    boolean trainJob;

    @Option(
            names = "--trainers",
            paramLabel = "N",
            description = "Trainers at the same time. Default: sweep.parallelRuns of the spec, else the number of runs")
    @Nullable
    Integer trainers;

    @Option(
            names = "--image",
            paramLabel = "IMAGE",
            defaultValue = SweepManifests.TRAINER_IMAGE,
            description = "Image of the trainer. Default: ${DEFAULT-VALUE}")
    String image = SweepManifests.TRAINER_IMAGE;

    @Option(
            names = "--cli-image",
            paramLabel = "IMAGE",
            defaultValue = SweepManifests.CLI_IMAGE,
            description = "Image of the frl command. Default: ${DEFAULT-VALUE}")
    String cliImage = SweepManifests.CLI_IMAGE;

    @Option(
            names = "--pull",
            paramLabel = "POLICY",
            defaultValue = "IfNotPresent",
            description = "When images are pulled: Always, IfNotPresent or Never. Default: ${DEFAULT-VALUE}")
    PullPolicy pull = PullPolicy.IfNotPresent;

    @Option(
            names = "--cpu",
            paramLabel = "QUANTITY",
            defaultValue = "2",
            description = "Processors that a trainer requests. Default: ${DEFAULT-VALUE}")
    String cpu = "2";

    @Option(
            names = "--memory",
            paramLabel = "QUANTITY",
            defaultValue = "2Gi",
            description = "Memory of a trainer, request and limit. Default: ${DEFAULT-VALUE}")
    String memory = "2Gi";

    @Option(
            names = "--gpus",
            paramLabel = "N",
            defaultValue = "0",
            description = "GPUs (nvidia.com/gpu) of a trainer. Default: ${DEFAULT-VALUE}")
    int gpus;

    /** Kubernetes' names. */
    enum PullPolicy {
        Always,
        IfNotPresent,
        Never
    }

    public SweepRenderCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() {
        CliContext context = global.context();
        var spec = SpecFile.read(context, file, SiteChecks.NONE);
        if (spec.plan().isEmpty()) {
            spec.report("nothing was written").forEach(context.err()::println);
            return ExitCode.USAGE;
        }
        var plan = spec.plan().get();
        checkRuns(plan);
        var jobs = new SweepManifests(
                plan,
                new String(spec.bytes(), StandardCharsets.UTF_8),
                name(plan),
                namespace,
                queue,
                trainers(plan),
                new SweepManifests.Pod(image, cliImage, pull.name(), cpu, memory, gpus));
        checkOptions();
        context.out().print(KubernetesYaml.write(trainJob ? jobs.trainJobObjects() : jobs.objects()));
        return ExitCode.OK;
    }

    private void checkRuns(ExperimentPlan plan) {
        boolean sweeps = plan.points().size() > 1
                || plan.points().stream()
                        .anyMatch(p -> !p.variant().isEmpty() || p.replicas().size() > 1);
        if (!sweeps) {
            throw CliException.usage(String.format(
                    Locale.ROOT,
                    "%s has no sweep, so there is one run and no Job to render: submit it with `frl submit %s`, or add spec.sweep",
                    file,
                    file));
        }
        int runs = plan.runs().size();
        if (runs > MOST_RUNS) {
            throw CliException.usage(String.format(
                    Locale.ROOT,
                    "%s has %d runs, warm starts included, and an Indexed Job of Kubernetes at most %d indexes: split the sweep, or `frl submit` it to trainers of a Deployment",
                    file,
                    runs,
                    MOST_RUNS));
        }
    }

    /** Kubernetes gives each pod the name of its Job and its index as its host name, a label of DNS. */
    private String name(ExperimentPlan plan) {
        var wanted = name == null ? plan.experimentId() : name;
        var pod = trainJob
                ? SweepManifests.NODE_JOB + "-" + (trainers(plan) - 1)
                : "-" + (plan.runs().size() - 1);
        int longest = 63 - Math.max(SweepManifests.PUBLISH.length(), pod.length());
        boolean starts = !trainJob || wanted.matches("[a-z].*"); // it becomes the name of a Service, too
        if (!wanted.matches(LABEL) || wanted.length() > longest || !starts) {
            throw CliException.usage(String.format(
                    Locale.ROOT,
                    "%s %s is no name for these Jobs: lower-case letters, digits and hyphens, at most %d, with a letter%s and a letter or digit at the end. Choose another with --name",
                    name == null ? "the id" : "--name",
                    wanted.isEmpty() ? "(empty)" : wanted,
                    longest,
                    trainJob ? " at the start" : " or digit at the start"));
        }
        return wanted;
    }

    private int trainers(ExperimentPlan plan) {
        if (trainers != null) {
            require(trainers >= 1, "--trainers", trainers, "a number from 1");
            return Math.min(trainers, plan.runs().size());
        }
        var parallel = plan.settings().parallelRuns();
        return parallel == null
                ? plan.runs().size()
                : Math.min(parallel, plan.runs().size());
    }

    private void checkOptions() {
        require(
                namespace == null || namespace.matches(LABEL),
                "--namespace",
                namespace,
                "a name of Kubernetes: lower-case letters, digits and hyphens, at most 63");
        require(
                queue == null || queue.matches(QUEUE),
                "--kueue",
                queue,
                "a name of Kubernetes: lower-case letters, digits, hyphens and dots, at most 63");
        require(image.matches(IMAGE), "--image", image, "the name of an image");
        require(cliImage.matches(IMAGE), "--cli-image", cliImage, "the name of an image");
        require(cpu.matches(QUANTITY), "--cpu", cpu, "a quantity of Kubernetes, such as 2 or 500m");
        require(memory.matches(QUANTITY), "--memory", memory, "a quantity of Kubernetes, such as 2Gi");
        require(gpus >= 0 && gpus <= 64, "--gpus", gpus, "a number from 0 to 64");
    }

    private static void require(boolean good, String option, @Nullable Object value, String rule) {
        if (!good) {
            throw CliException.usage(String.format(
                    Locale.ROOT, "%s is %s; it must be %s", option, "".equals(value) ? "empty" : value, rule));
        }
    }
}
