package dev.frl.layers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.frl.messaging.Topic;
import dev.frl.messaging.access.Right;
import dev.frl.messaging.access.Rights;
import dev.frl.messaging.access.Role;
import dev.frl.service.StandardTopics;
import dev.frl.service.metrics.ServiceMeter;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.resource.PatternType;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The manifests of k8s/ and those that {@code frl sweep render} writes, read as files and as kustomize renders them: they fit the model of
 * the API, and keep what a cluster with restricted pods asks of them. {@code scripts/test --kube} applies them to a cluster.
 */
class KubernetesTest {
    private static final Path ROOT = Checkout.root();
    private static final Path TOPICS = ROOT.resolve("k8s/overlays/strimzi/topics.yaml");
    private static final Path USERS = ROOT.resolve("k8s/overlays/strimzi/users.yaml");
    private static final Path RULES = ROOT.resolve("k8s/overlays/monitoring/rules.yaml");
    private static final Path DASHBOARD = ROOT.resolve("k8s/overlays/monitoring/dashboard.yaml");
    private static final Path TRAIN_JOB = ROOT.resolve("services/cli/src/test/resources/golden/sweep-trainjob.yaml");
    /** As `frl topics create` sets it: headers and the batch come on top of a message. */
    private static final int OVERHEAD = 64 << 10;

    private static final String SERVICES = "controller trainer attacker recorder";

    /** Kinds with a model. The others are of operators: Kustomize, Kueue, Strimzi, KEDA. */
    private static final Map<String, Class<?>> MODEL = Map.ofEntries(
            Map.entry("ConfigMap", ConfigMap.class),
            Map.entry("ServiceAccount", ServiceAccount.class),
            Map.entry("PersistentVolumeClaim", PersistentVolumeClaim.class),
            Map.entry("Service", Service.class),
            Map.entry("Deployment", Deployment.class),
            Map.entry("StatefulSet", StatefulSet.class),
            Map.entry("Job", Job.class),
            Map.entry("CronJob", CronJob.class),
            Map.entry("NetworkPolicy", NetworkPolicy.class),
            Map.entry("PodDisruptionBudget", PodDisruptionBudget.class),
            Map.entry("PodMonitor", PodMonitor.class),
            Map.entry("PrometheusRule", PrometheusRule.class));

    private static final Set<String> OF_OPERATORS = Set.of(
            "Kustomization",
            "ResourceFlavor",
            "ClusterQueue",
            "LocalQueue",
            "Kafka",
            "KafkaNodePool",
            "KafkaTopic",
            "KafkaUser",
            "ScaledObject",
            "ScaledJob",
            "TrainingRuntime",
            "TrainJob");

    /** The model takes unknown fields as additional properties, which is how a misspelt one would go unseen. */
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1L;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                    return false;
                }
            })
            .build();

    /** An object of a manifest, and the file that it stands in. */
    private record Manifest(Path file, Map<String, Object> content) {
        String kind() {
            return String.valueOf(content.get("kind"));
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%s: %s %s", ROOT.relativize(file), kind(), at(content, "metadata", "name"));
        }
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void every_object_fits_the_model_of_its_kind_without_an_unknown_field(Manifest manifest) {
        fits(manifest);
    }

    private static void fits(Manifest manifest) {
        var model = MODEL.get(manifest.kind());
        if (model == null) {
            assertThat(manifest.kind()).isIn(OF_OPERATORS);
            var job = manifest.kind().equals("TrainingRuntime")
                    ? at(node(manifest.content()), "spec")
                    : at(manifest.content(), "spec", "jobTargetRef");
            if (job != null) {
                assertThat(STRICT.convertValue(job, JobSpec.class)).isNotNull();
            }
        } else {
            assertThat(STRICT.convertValue(manifest.content(), model)).isNotNull();
        }
    }

    /** The Job in a TrainingRuntime of Kubeflow. */
    private static Map<String, Object> node(Map<String, Object> runtime) {
        var jobs = list(at(runtime, "spec", "template", "spec", "replicatedJobs"));
        assertThat(jobs).hasSize(1);
        return map(map(jobs.get(0)).get("template"));
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void every_object_of_ours_says_what_it_belongs_to_and_has_no_namespace(Manifest manifest) {
        if (MODEL.containsKey(manifest.kind())) {
            assertThat(map(at(manifest.content(), "metadata", "labels")))
                    .containsEntry("app.kubernetes.io/name", "frl");
        }
        if (!manifest.file().endsWith("sweep-render.yaml")) {
            assertThat(map(at(manifest.content(), "metadata"))).doesNotContainKey("namespace");
        }
    }

    @ParameterizedTest
    @MethodSource("pods")
    void pods_are_restricted_and_have_limits(Manifest pod) {
        isRestricted(pod);
    }

    private static void isRestricted(Manifest pod) {
        var spec = map(at(pod.content(), "spec"));
        var security = map(spec.get("securityContext"));
        assertThat(security).containsEntry("runAsNonRoot", true).containsEntry("runAsUser", 10001);
        assertThat(map(security.get("seccompProfile"))).containsEntry("type", "RuntimeDefault");
        assertThat(spec)
                .containsEntry("automountServiceAccountToken", false)
                .containsKey("terminationGracePeriodSeconds");
        assertThat(String.valueOf(spec.get("serviceAccountName"))).startsWith("frl-");
        for (var container : list(spec.get("containers"))) {
            var own = map(map(container).get("securityContext"));
            assertThat(own)
                    .containsEntry("allowPrivilegeEscalation", false)
                    .containsEntry("readOnlyRootFilesystem", true);
            assertThat(at(own, "capabilities", "drop")).isEqualTo(List.of("ALL"));
            assertThat(map(at(map(container), "resources", "requests"))).containsKeys("cpu", "memory");
            assertThat(map(at(map(container), "resources", "limits"))).containsKey("memory");
            assertThat(list(map(container).get("volumeMounts")))
                    .extracting(mount -> map(mount).get("mountPath"))
                    .contains("/tmp");
        }
        assertThat(map(list(spec.get("volumes")).get(0))).containsKey("emptyDir");
    }

    @ParameterizedTest
    @MethodSource("pods")
    void images_have_a_version(Manifest pod) {
        hasVersions(pod);
    }

    private static void hasVersions(Manifest pod) {
        for (var container : list(at(pod.content(), "spec", "containers"))) {
            assertThat(String.valueOf(map(container).get("image")))
                    .matches("frl/[a-z]+:[^:]+")
                    .doesNotEndWith(":latest");
        }
    }

    @Test
    void services_are_probed_at_the_addresses_that_they_have_and_protected_from_disruptions() {
        var workloads = manifests()
                .filter(m -> Set.of("Deployment", "StatefulSet").contains(m.kind()))
                .toList();

        assertThat(workloads)
                .extracting(m -> at(m.content(), "metadata", "name"))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(SERVICES.split(" ")).map(n -> "frl-" + n).toList());
        for (var workload : workloads) {
            var container = map(list(at(workload.content(), "spec", "template", "spec", "containers"))
                    .get(0));
            assertThat(container.get("env").toString()).contains("FRL_HEALTH_PORT", "8081");
            assertThat(at(container, "startupProbe", "httpGet", "path")).isEqualTo("/live");
            assertThat(at(container, "livenessProbe", "httpGet", "path")).isEqualTo("/live");
            assertThat(at(container, "readinessProbe", "httpGet", "path")).isEqualTo("/ready");
            var labels = at(workload.content(), "spec", "template", "metadata", "labels");
            assertThat(at(workload.content(), "spec", "selector", "matchLabels"))
                    .isEqualTo(labels);
            assertThat(manifests()
                            .filter(m -> m.kind().equals("PodDisruptionBudget"))
                            .map(m -> at(m.content(), "spec", "selector", "matchLabels")))
                    .contains(labels);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "gpu", "kueue", "keda", "monitoring", "strimzi"})
    void what_kustomize_makes_of_an_overlay_fits_the_model_and_is_restricted(String overlay) throws Exception {
        // When
        var rendered = rendered(overlay);

        // Then
        assertThat(rendered).isNotEmpty().allSatisfy(KubernetesTest::fits);
        assertThat(pods(rendered.stream()))
                .allSatisfy(KubernetesTest::isRestricted)
                .allSatisfy(KubernetesTest::hasVersions);
        assertThat(rendered)
                .as("labels of ours")
                .filteredOn(m -> MODEL.containsKey(m.kind()))
                .allSatisfy(m -> assertThat(map(at(m.content(), "metadata", "labels")))
                        .containsEntry("app.kubernetes.io/name", "frl")
                        .containsEntry("app.kubernetes.io/part-of", "frl"));
    }

    /** A port of frl that another namespace may reach needs a policy, since that of the base is for this namespace only. */
    @ParameterizedTest
    @ValueSource(strings = {"keda", "monitoring"})
    void who_reads_metrics_from_another_namespace_may_do_so(String overlay) {
        assertThat(manifests()
                        .filter(m -> m.file().equals(ROOT.resolve("k8s/overlays/" + overlay + "/network.yaml")))
                        .toList())
                .singleElement()
                .satisfies(policy -> {
                    var rule = map(list(at(policy.content(), "spec", "ingress")).get(0));
                    assertThat(rule.get("from").toString()).contains("kubernetes.io/metadata.name=" + overlay);
                    assertThat(rule.get("ports").toString()).contains("8081");
                });
    }

    @Test
    void keda_scales_what_is_there_by_meters_that_the_controller_has() throws Exception {
        // Given
        var rendered = rendered("keda");
        var triggers = rendered.stream()
                .filter(m -> m.kind().startsWith("Scaled"))
                .flatMap(m -> list(at(m.content(), "spec", "triggers")).stream())
                .map(trigger -> map(map(trigger).get("metadata")))
                .toList();
        var meters = Stream.of(ServiceMeter.values())
                .filter(meter -> meter.services().contains("controller"))
                .flatMap(meter -> meter.samples().stream())
                .toList();

        // Then
        assertThat(triggers).hasSize(5).allSatisfy(trigger -> {
            var meter = String.valueOf(trigger.get("valueLocation")).replaceFirst("\\{.*", "");
            assertThat(meters).contains(meter);
            assertThat(trigger)
                    .as("all instances of the controller, by the headless Service")
                    .containsEntry("url", "http://frl-controller.frl.svc:8081/metrics")
                    .containsEntry("aggregateFromKubeServiceEndpoints", "true")
                    .containsEntry("aggregationType", "sum");
        });
        assertThat(rendered)
                .filteredOn(m -> m.kind().equals("ScaledObject"))
                .singleElement()
                .satisfies(m -> assertThat(map(m.content().get("spec")))
                        .as("with a fallback, KEDA scales to it where it gets no number")
                        .doesNotContainKey("fallback"));
        var attackers = find(rendered, "Deployment", "frl-attacker");
        assertThat(map(attackers.get("spec")))
                .as("a second apply must leave the number to KEDA")
                .doesNotContainKey("replicas");
        assertThat(at(find(rendered, "Deployment", "frl-trainer"), "spec", "replicas"))
                .isEqualTo(0);
    }

    @Test
    void a_trainer_of_keda_differs_from_a_long_lived_one_by_its_arguments_only() throws Exception {
        // Given
        var rendered = rendered("keda");
        var longLived = at(find(rendered, "Deployment", "frl-trainer"), "spec", "template", "spec");
        var once = new LinkedHashMap<>(
                map(at(find(rendered, "ScaledJob", "frl-trainer"), "spec", "jobTargetRef", "template", "spec")));

        // When
        var container = new LinkedHashMap<>(map(list(once.get("containers")).get(0)));
        var arguments = container.remove("args");
        once.put("containers", List.of(container));

        // Then
        assertThat(arguments)
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                .startsWith("--once");
        assertThat(once.remove("restartPolicy")).isEqualTo("Never");
        assertThat(once).isEqualTo(longLived);
    }

    /** A PodDisruptionBudget or a Service of the trainers must not count the pods of a Job. */
    @Test
    void pods_of_sweeps_have_another_component_than_the_long_lived_trainers() {
        assertThat(pods().filter(p -> p.file().endsWith("sweep-render.yaml")))
                .hasSize(2)
                .allSatisfy(p -> assertThat(
                                String.valueOf(at(p.content(), "metadata", "labels", "app.kubernetes.io/component")))
                        .startsWith("sweep-"));
    }

    @Test
    void the_users_of_strimzi_have_rights_on_topics_that_exist() {
        var topics = manifests()
                .filter(m -> m.kind().equals("KafkaTopic"))
                .map(m -> String.valueOf(at(m.content(), "metadata", "name")))
                .toList();
        var users = manifests().filter(m -> m.kind().equals("KafkaUser")).toList();

        assertThat(users)
                .extracting(m -> at(m.content(), "metadata", "name"))
                .containsExactlyInAnyOrder(
                        "frl-controller", "frl-trainer", "frl-attacker", "frl-recorder", "frl-cli", "frl-admin");
        for (var user : users) {
            assertThat(list(at(user.content(), "spec", "authorization", "acls")))
                    .allSatisfy(acl -> {
                        var resource = map(map(acl).get("resource"));
                        if ("topic".equals(resource.get("type")) && "literal".equals(resource.get("patternType"))) {
                            assertThat(topics).contains(String.valueOf(resource.get("name")));
                        }
                    });
        }
    }

    @Test
    void a_train_job_runs_the_pods_of_its_own_runtime_as_the_indexed_job_of_the_same_sweep_does() {
        // Given
        var runtime = manifests()
                .filter(m -> m.kind().equals("TrainingRuntime"))
                .findFirst()
                .orElseThrow();
        var job = manifests()
                .filter(m ->
                        m.file().endsWith("sweep-render.yaml") && at(m.content(), "spec", "completionMode") != null)
                .findFirst()
                .orElseThrow();
        var node = map(node(runtime.content()).get("spec"));
        var trainJob =
                manifests().filter(m -> m.kind().equals("TrainJob")).findFirst().orElseThrow();

        // Then
        assertThat(at(trainJob.content(), "spec", "runtimeRef", "name"))
                .isEqualTo(at(runtime.content(), "metadata", "name"));
        assertThat(at(trainJob.content(), "spec", "trainer", "numNodes"))
                .isEqualTo(at(job.content(), "spec", "parallelism"));
        for (var same : List.of("podFailurePolicy", "backoffLimitPerIndex", "podReplacementPolicy", "completionMode")) {
            assertThat(node.get(same)).as(same).isEqualTo(at(job.content(), "spec", same));
        }
        assertThat(node).as("Kubeflow sets them").doesNotContainKeys("parallelism", "completions");
    }

    @Test
    void the_names_that_a_rendered_sweep_refers_to_are_those_of_the_base() {
        var base = manifests()
                .filter(m -> m.file().startsWith(ROOT.resolve("k8s/base")))
                .map(m -> m.kind() + " " + at(m.content(), "metadata", "name"))
                .toList();
        var referred = new TreeSet<String>();
        pods().filter(p -> p.file().endsWith("sweep-render.yaml")).forEach(p -> {
            referred.add("ServiceAccount " + at(p.content(), "spec", "serviceAccountName"));
            list(at(p.content(), "spec", "volumes")).forEach(v -> {
                if (map(v).get("persistentVolumeClaim") != null) {
                    referred.add("PersistentVolumeClaim " + at(map(v), "persistentVolumeClaim", "claimName"));
                }
            });
            for (var container : list(at(p.content(), "spec", "containers"))) {
                list(map(container).get("envFrom"))
                        .forEach(e -> referred.add("ConfigMap " + at(map(e), "configMapRef", "name")));
            }
        });

        assertThat(referred).hasSize(5);
        assertThat(base).containsAll(referred);
    }

    @Test
    void every_file_of_a_kustomization_is_there_and_every_manifest_is_in_one() throws IOException {
        try (var found = Files.walk(ROOT.resolve("k8s"))) {
            var folders = found.filter(f -> f.endsWith("kustomization.yaml"))
                    .map(Path::getParent)
                    .toList();
            assertThat(folders).hasSizeGreaterThanOrEqualTo(5);
            for (var folder : folders) {
                var named = new TreeSet<>(Set.of("kustomization.yaml"));
                var content = documents(folder.resolve("kustomization.yaml")).get(0);
                for (var resource : list(content.get("resources"))) {
                    assertThat(folder.resolve(String.valueOf(resource))).exists();
                    named.add(String.valueOf(resource));
                }
                for (var patch : list(content.getOrDefault("patches", List.of()))) {
                    if (!map(patch).containsKey("patch")) {
                        assertThat(folder.resolve(String.valueOf(map(patch).get("path"))))
                                .exists();
                        named.add(String.valueOf(map(patch).get("path")));
                    }
                }
                try (var files = Files.list(folder)) {
                    assertThat(files.map(f -> f.getFileName().toString()))
                            .allMatch(named::contains, "named in " + folder);
                }
            }
        }
    }

    /** {@code -Dfrl.docs.write=true} writes the file. */
    @Test
    void strimzi_is_given_the_topics_that_the_services_declare() throws IOException {
        // Given
        var topics = StandardTopics.create();
        var all = new ArrayList<Topic<?>>(topics.all());
        all.addAll(topics.deadLetters());
        all.addAll(topics.changelogs());

        // When
        var yaml = new StringBuilder("# Generated from the topics that the services declare; a test compares.\n");
        all.forEach(topic -> yaml.append(kafkaTopic(topic)));

        // Then
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(TOPICS, yaml);
        }
        assertThat(Files.readString(TOPICS)).isEqualTo(yaml.toString());
    }

    /** {@code -Dfrl.docs.write=true} writes the file. */
    @Test
    void strimzi_is_given_the_users_and_rights_that_the_roles_need() throws IOException {
        // Given
        var topics = StandardTopics.create();

        // When
        var yaml = new StringBuilder("# Generated from the rights that each role needs; a test compares.\n");
        for (var role : Role.values()) {
            yaml.append(String.format(Locale.ROOT, """
                    ---
                    # %s.
                    apiVersion: kafka.strimzi.io/v1
                    kind: KafkaUser
                    metadata:
                      name: frl-%s
                      labels:
                        app.kubernetes.io/name: frl
                        app.kubernetes.io/component: %s
                        strimzi.io/cluster: frl
                    spec:
                      authentication:
                        type: tls
                      authorization:
                        type: simple
                        acls:
                    """, capital(role.does()), role.label(), role.label()));
            Rights.of(role, topics).forEach(right -> yaml.append(acl(right)));
        }

        // Then
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(USERS, yaml);
        }
        assertThat(Files.readString(USERS)).isEqualTo(yaml.toString());
    }

    private static String capital(String words) {
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    private static String acl(Right right) {
        String resource = switch (right.type()) {
            case CLUSTER -> "{type: cluster}";
            case TRANSACTIONAL_ID -> named("transactionalId", right);
            default -> named(right.type().name().toLowerCase(Locale.ROOT), right);
        };
        return String.format(
                Locale.ROOT,
                "      - resource: %s%n        operations: [%s]%n",
                resource,
                right.sorted().stream().map(Right::word).collect(Collectors.joining(", ")));
    }

    private static String named(String type, Right right) {
        return String.format(
                Locale.ROOT,
                "{type: %s, name: %s, patternType: %s}",
                type,
                right.name(),
                right.pattern() == PatternType.PREFIXED ? "prefix" : "literal");
    }

    /** {@code -Dfrl.docs.write=true} writes the file. */
    @Test
    void prometheus_operator_is_given_the_alert_rules_of_monitoring() throws IOException {
        // Given
        var rules = Files.readString(ROOT.resolve("monitoring/alerts.yml"));

        // When
        var yaml = """
                # Generated from monitoring/alerts.yml; a test compares.
                apiVersion: monitoring.coreos.com/v1
                kind: PrometheusRule
                metadata:
                  name: frl
                  labels:
                    app.kubernetes.io/name: frl
                    app.kubernetes.io/part-of: frl
                spec:
                """ + rules.substring(rules.indexOf("groups:")).indent(2);

        // Then
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(RULES, yaml);
        }
        assertThat(Files.readString(RULES)).isEqualTo(yaml);
    }

    /** {@code -Dfrl.docs.write=true} writes the file. */
    @Test
    void grafana_is_given_the_dashboard_of_monitoring() throws IOException {
        // When
        var yaml = """
                # Generated from monitoring/grafana/dashboards/frl.json; a test compares. Grafana's sidecar loads ConfigMaps with this label.
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: frl-dashboard
                  labels:
                    app.kubernetes.io/name: frl
                    app.kubernetes.io/part-of: frl
                    grafana_dashboard: "1"
                data:
                  frl.json: |
                """
                + Files.readString(ROOT.resolve("monitoring/grafana/dashboards/frl.json"))
                        .indent(4);

        // Then
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(DASHBOARD, yaml);
        }
        assertThat(Files.readString(DASHBOARD)).isEqualTo(yaml);
    }

    private static String kafkaTopic(Topic<?> topic) {
        var config = new TreeMap<>(topic.config());
        config.put("max.message.bytes", Integer.toString(topic.maxBytes() + OVERHEAD));
        config.put("min.insync.replicas", "2");
        var lines = new StringBuilder(String.format(Locale.ROOT, """
                ---
                apiVersion: kafka.strimzi.io/v1
                kind: KafkaTopic
                metadata:
                  name: %s
                  labels:
                    app.kubernetes.io/name: frl
                    strimzi.io/cluster: frl
                spec:
                  partitions: %d
                  replicas: 3
                  config:
                """, topic.name(), topic.partitions()));
        config.forEach((key, value) -> lines.append(String.format(Locale.ROOT, "    %s: \"%s\"%n", key, value)));
        return lines.toString();
    }

    static Stream<Manifest> manifests() {
        try (var found = Files.walk(ROOT.resolve("k8s"))) {
            var files = new ArrayList<>(found.filter(f -> f.toString().endsWith(".yaml"))
                    .filter(f -> !f.endsWith("kustomization.yaml"))
                    .filter(f -> !f.endsWith("gpu.yaml")) // a patch
                    .sorted()
                    .toList());
            files.add(ROOT.resolve("services/cli/src/test/resources/golden/sweep-render.yaml"));
            files.add(TRAIN_JOB);
            return files.stream()
                    .flatMap(file -> documents(file).stream().map(content -> new Manifest(file, content)))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What kustomize makes of an overlay. kubectl contains it. */
    private static List<Manifest> rendered(String overlay) throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "kubectl"))),
                "kubectl is not installed");
        var folder = ROOT.resolve("k8s/overlays/" + overlay);
        var process = new ProcessBuilder("kubectl", "kustomize", folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var yaml = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(overlay).isZero();
        return documents(yaml).stream()
                .map(content -> new Manifest(folder, content))
                .toList();
    }

    private static Map<String, Object> find(List<Manifest> manifests, String kind, String name) {
        return manifests.stream()
                .filter(m -> m.kind().equals(kind) && name.equals(at(m.content(), "metadata", "name")))
                .map(Manifest::content)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind + " " + name));
    }

    /** Templates of pods. */
    static Stream<Manifest> pods() {
        return pods(manifests());
    }

    private static Stream<Manifest> pods(Stream<Manifest> manifests) {
        return manifests
                .map(m -> {
                    var template = switch (m.kind()) {
                        case "CronJob" -> at(m.content(), "spec", "jobTemplate", "spec", "template");
                        case "ScaledJob" -> at(m.content(), "spec", "jobTargetRef", "template");
                        case "TrainingRuntime" -> at(node(m.content()), "spec", "template");
                        default -> at(m.content(), "spec", "template");
                    };
                    return template == null || m.kind().startsWith("Kafka")
                            ? null
                            : new Manifest(m.file(), map(template));
                })
                .filter(java.util.Objects::nonNull);
    }

    private static List<Map<String, Object>> documents(Path file) {
        try {
            return documents(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> documents(String yaml) {
        var load = new Load(LoadSettings.builder().setAllowDuplicateKeys(false).build());
        return StreamSupport.stream(load.loadAllFromString(yaml).spliterator(), false)
                .map(document -> (Map<String, Object>) document)
                .toList();
    }

    private static Object at(Map<String, Object> from, String... path) {
        Object value = from;
        for (var key : path) {
            value = value instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return value;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        assertThat(value).isInstanceOf(Map.class);
        return (Map<String, Object>) value;
    }

    private static List<?> list(Object value) {
        assertThat(value).isInstanceOf(List.class);
        return (List<?>) value;
    }
}
