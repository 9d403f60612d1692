package dev.frl.cli.kubernetes;

import dev.frl.core.experiment.ExperimentPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Kubernetes objects of a sweep, as maps. Names of the service account, the settings and the volumes are those of k8s/base.
 *
 * <p>An index is not bound to a run: its trainer takes the next run of the experiment, and exits when that run has ended. Exit code 1 (the
 * run has failed, after all its attempts) fails the index, since no other trainer would do better. Exit code 2 (wrong settings, or there is
 * no such experiment) fails the Job, since all its pods are alike. A pre-emption (75) and a disruption cost nothing. Anything else, such as
 * brokers that do not respond or a lack of memory, is tried three times per index.
 *
 * <p>A TrainJob of Kubeflow has as many nodes as there are trainers at the same time, and none of them may end before the others, so each
 * takes run after run until the experiment has ended. What a TrainJob cannot say of its pods, its TrainingRuntime says.
 */
final class SweepManifests {
    static final String TRAINER_IMAGE = "frl/trainer:0.1.0-SNAPSHOT";
    static final String CLI_IMAGE = "frl/cli:0.1.0-SNAPSHOT";
    static final String PUBLISH = "-publish";
    /** What JobSet adds to the name of a TrainJob to name its Job. */
    static final String NODE_JOB = "-node-0";

    private static final String KUBEFLOW = "trainer.kubeflow.org";
    /** Name that Kubeflow gives to the Job and the container of trainers. */
    private static final String NODE = "node";

    private static final String QUEUE_LABEL = "kueue.x-k8s.io/queue-name";
    private static final int USER = 10001;
    private static final int RUN_FAILED = 1;
    private static final int WRONG_SETTINGS = 2;
    private static final int PREEMPTED = 75;
    /** 128 and SIGTERM: stopped before the trainer had started. */
    private static final int TERMINATED = 143;

    private static final int CRASHES_PER_INDEX = 3;
    private static final int HALF_AN_HOUR_SECONDS = 30 * 60;
    private static final int WEEK_SECONDS = 7 * 24 * 3600;

    private final ExperimentPlan plan;
    private final String spec;
    private final String name;
    private final @Nullable String namespace;
    private final @Nullable String queue;
    private final int trainers;
    private final Pod pod;

    /** What a user may choose for the pods. */
    record Pod(String image, String cliImage, String pullPolicy, String cpu, String memory, int gpus) {}

    SweepManifests(
            ExperimentPlan plan,
            String spec,
            String name,
            @Nullable String namespace,
            @Nullable String queue,
            int trainers,
            Pod pod) {
        this.plan = plan;
        this.spec = spec;
        this.name = name;
        this.namespace = namespace;
        this.queue = queue;
        this.trainers = trainers;
        this.pod = pod;
    }

    List<Map<String, Object>> objects() {
        return List.of(configMap(), publisher(), trainers());
    }

    /** The same with a TrainJob of Kubeflow in place of the Indexed Job. */
    List<Map<String, Object>> trainJobObjects() {
        return List.of(configMap(), publisher(), trainingRuntime(), trainJob());
    }

    private Map<String, Object> configMap() {
        return map(
                "apiVersion",
                "v1",
                "kind",
                "ConfigMap",
                "metadata",
                metadata(name, "sweep"),
                "immutable",
                true,
                "data",
                map("sweep.yaml", spec));
    }

    private Map<String, Object> publisher() {
        var container = container("publish", pod.cliImage(), List.of("submit", "/sweep/sweep.yaml"));
        container.put(
                "resources", map("requests", map("cpu", "100m", "memory", "512Mi"), "limits", map("memory", "512Mi")));
        container.put("volumeMounts", List.of(mount("tmp", "/tmp", false), mount("sweep", "/sweep", true)));
        var volumes = List.of(tmp(), map("name", "sweep", "configMap", map("name", name)));
        return map(
                "apiVersion",
                "batch/v1",
                "kind",
                "Job",
                "metadata",
                metadata(name + PUBLISH, "sweep-publisher"),
                "spec",
                map(
                        "backoffLimit",
                        6,
                        "activeDeadlineSeconds",
                        HALF_AN_HOUR_SECONDS,
                        "ttlSecondsAfterFinished",
                        WEEK_SECONDS,
                        "podReplacementPolicy",
                        "Failed",
                        "podFailurePolicy",
                        map(
                                "rules",
                                List.of(
                                        onDisruption(),
                                        onExit("FailJob", WRONG_SETTINGS),
                                        onExit("Ignore", TERMINATED))),
                        "template",
                        template("sweep-publisher", container, volumes, 30)));
    }

    private Map<String, Object> trainingRuntime() {
        var job = map("completionMode", "Indexed", "backoffLimitPerIndex", CRASHES_PER_INDEX);
        job.put("podReplacementPolicy", "Failed");
        job.put("podFailurePolicy", podFailurePolicy());
        job.put("template", trainerTemplate(NODE, "--all"));
        var node = map("metadata", map("labels", map(KUBEFLOW + "/trainjob-ancestor-step", "trainer")), "spec", job);
        return map(
                "apiVersion",
                KUBEFLOW + "/v1alpha1",
                "kind",
                "TrainingRuntime",
                "metadata",
                metadata(name, "sweep-trainer"),
                "spec",
                map(
                        "mlPolicy",
                        map("numNodes", trainers),
                        "template",
                        map("spec", map("replicatedJobs", List.of(map("name", NODE, "template", node))))));
    }

    private Map<String, Object> trainJob() {
        var metadata = metadata(name, "sweep-trainer");
        var spec = map("runtimeRef", map("apiGroup", KUBEFLOW, "kind", "TrainingRuntime", "name", name));
        spec.put("trainer", map("numNodes", trainers));
        if (queue != null) {
            spec.put("suspend", true); // Kueue starts it
            metadata.put("labels", with(labels("sweep-trainer"), QUEUE_LABEL, queue));
        }
        return map("apiVersion", KUBEFLOW + "/v1alpha1", "kind", "TrainJob", "metadata", metadata, "spec", spec);
    }

    private Map<String, Object> trainerTemplate(String called, String mode) {
        var container = container(called, pod.image(), List.of(mode, "--experiment=" + plan.experimentId()));
        container.put("resources", resources());
        container.put("ports", List.of(map("name", "health", "containerPort", 8081)));
        container.put(
                "livenessProbe",
                map(
                        "httpGet", map("path", "/live", "port", "health"),
                        "initialDelaySeconds", 30,
                        "periodSeconds", 20,
                        "timeoutSeconds", 5,
                        "failureThreshold", 6));
        container.put(
                "volumeMounts",
                List.of(
                        mount("tmp", "/tmp", false),
                        mount("data", "/var/lib/frl/data", true),
                        mount("checkpoints", "/var/lib/frl/checkpoints", false)));
        var volumes = List.of(
                tmp(),
                map("name", "data", "persistentVolumeClaim", map("claimName", "frl-data", "readOnly", true)),
                map("name", "checkpoints", "persistentVolumeClaim", map("claimName", "frl-checkpoints")));
        return template("sweep-trainer", container, volumes, 60);
    }

    private static Map<String, Object> podFailurePolicy() {
        return map(
                "rules",
                List.of(
                        onDisruption(),
                        onExit("Ignore", PREEMPTED, TERMINATED),
                        onExit("FailIndex", RUN_FAILED),
                        onExit("FailJob", WRONG_SETTINGS)));
    }

    private Map<String, Object> trainers() {
        int runs = plan.runs().size();
        var job = map(
                "completionMode", "Indexed",
                "completions", runs,
                "parallelism", trainers,
                "backoffLimitPerIndex", CRASHES_PER_INDEX);
        var failed = plan.settings().maxFailedRuns();
        if (failed != null) {
            job.put("maxFailedIndexes", Math.min(failed, runs));
        }
        job.put("podReplacementPolicy", "Failed");
        job.put("podFailurePolicy", podFailurePolicy());
        job.put("ttlSecondsAfterFinished", WEEK_SECONDS);
        var metadata = metadata(name, "sweep-trainer");
        if (queue != null) {
            job.put("suspend", true); // Kueue starts it
            metadata.put("labels", with(labels("sweep-trainer"), QUEUE_LABEL, queue));
            metadata.put("annotations", with(annotations(), "kueue.x-k8s.io/job-min-parallelism", "1"));
        }
        job.put("template", trainerTemplate("trainer", "--once"));
        return map("apiVersion", "batch/v1", "kind", "Job", "metadata", metadata, "spec", job);
    }

    private Map<String, Object> metadata(String of, String component) {
        var metadata = map("name", of);
        if (namespace != null) {
            metadata.put("namespace", namespace);
        }
        metadata.put("labels", labels(component));
        metadata.put("annotations", annotations());
        return metadata;
    }

    private Map<String, Object> annotations() {
        return map("frl.dev/experiment", plan.experimentId());
    }

    private static Map<String, Object> with(Map<String, Object> map, String key, String value) {
        map.put(key, value);
        return map;
    }

    private Map<String, Object> labels(String component) {
        return map(
                "app.kubernetes.io/name",
                "frl",
                "app.kubernetes.io/component",
                component,
                "app.kubernetes.io/part-of",
                "frl",
                "frl.dev/sweep",
                name);
    }

    /** The restricted profile of Pod Security. */
    private Map<String, Object> template(
            String component, Map<String, Object> container, List<Map<String, Object>> volumes, int graceSeconds) {
        var podSpec = map(
                "restartPolicy",
                "Never",
                "serviceAccountName",
                component.equals("sweep-trainer") ? "frl-trainer" : "frl-cli",
                "automountServiceAccountToken",
                false,
                "enableServiceLinks",
                false,
                "terminationGracePeriodSeconds",
                graceSeconds,
                "securityContext",
                map(
                        "runAsNonRoot",
                        true,
                        "runAsUser",
                        USER,
                        "runAsGroup",
                        USER,
                        "fsGroup",
                        USER,
                        "fsGroupChangePolicy",
                        "OnRootMismatch",
                        "seccompProfile",
                        map("type", "RuntimeDefault")),
                "containers",
                List.of(container),
                "volumes",
                volumes);
        return map("metadata", map("labels", labels(component)), "spec", podSpec);
    }

    private Map<String, Object> container(String called, String image, List<String> arguments) {
        return map(
                "name",
                called,
                "image",
                image,
                "imagePullPolicy",
                pod.pullPolicy(),
                "args",
                arguments,
                "envFrom",
                List.of(map("configMapRef", map("name", "frl"))),
                "securityContext",
                map(
                        "allowPrivilegeEscalation", false,
                        "readOnlyRootFilesystem", true,
                        "capabilities", map("drop", List.of("ALL"))));
    }

    private Map<String, Object> resources() {
        var requests = map("cpu", pod.cpu(), "memory", pod.memory());
        var limits = map("memory", pod.memory());
        if (pod.gpus() > 0) {
            requests.put("nvidia.com/gpu", Integer.toString(pod.gpus()));
            limits.put("nvidia.com/gpu", Integer.toString(pod.gpus()));
        }
        return map("requests", requests, "limits", limits);
    }

    private static Map<String, Object> onDisruption() {
        return map("action", "Ignore", "onPodConditions", List.of(map("type", "DisruptionTarget", "status", "True")));
    }

    private static Map<String, Object> onExit(String action, Integer... codes) {
        return map("action", action, "onExitCodes", map("operator", "In", "values", List.of(codes)));
    }

    private static Map<String, Object> tmp() {
        return map("name", "tmp", "emptyDir", map("sizeLimit", "256Mi"));
    }

    private static Map<String, Object> mount(String volume, String path, boolean readOnly) {
        var mount = map("name", volume, "mountPath", path);
        if (readOnly) {
            mount.put("readOnly", true);
        }
        return mount;
    }

    /** A map in the order of its arguments: key, value, key, value. */
    private static Map<String, Object> map(Object... keysAndValues) {
        var map = new LinkedHashMap<String, Object>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
