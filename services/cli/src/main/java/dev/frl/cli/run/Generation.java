package dev.frl.cli.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.frl.cli.context.CliException;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunPlan;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.TextTree;
import dev.frl.spec.tree.YamlTree;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

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
        return new Generation(plan.generation(), spec.clone(), plan);
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
        for (byte[] next : Text.of(spec, number + 1)) {
            if (new SpecReader(new StandardCatalogue()).read(next) instanceof Admitted admitted
                    && admitted.plan().generation() == number + 1) {
                return new Generation(number + 1, next, admitted.plan());
            }
        }
        throw new IllegalStateException("the spec was valid, but with another generation it is not");
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

    /** The text of a spec with another {@code metadata.generation}. */
    private static final class Text {
        private static final String GENERATION = "generation";

        private Text() {}

        /**
         * Ways to write it, the one that keeps most of the text first. Not each need be a valid spec: YAML has more forms than are
         * known here.
         *
         * @param spec a valid spec
         */
        static List<byte[]> of(byte[] spec, int generation) {
            String text = TextTree.decode(spec, (line, path, message) -> {}).orElseThrow();
            var forms = new ArrayList<String>();
            if (TextTree.isJson(text)) {
                inJson(text, generation).ifPresent(forms::add);
            }
            if (forms.isEmpty()) {
                inYaml(text, generation).ifPresent(forms::add);
            }
            anew(spec, generation).ifPresent(forms::add);
            return forms.stream()
                    .map(form -> form.getBytes(StandardCharsets.UTF_8))
                    .toList();
        }

        private static Optional<String> inJson(String text, int generation) {
            try {
                var tree = PrettyJson.MAPPER
                        .reader()
                        .with(JsonReadFeature.ALLOW_TRAILING_COMMA)
                        .readTree(text);
                if (tree.get("metadata") instanceof ObjectNode metadata) {
                    metadata.put(GENERATION, generation);
                    return Optional.of(PrettyJson.pretty(tree));
                }
            } catch (JsonProcessingException e) {
                return Optional.empty(); // the reader of specs takes more than this one, such as NaN and comments
            }
            return Optional.empty();
        }

        /** Replaces the value, or inserts the key before the name: on its own line, or inside the braces. */
        private static Optional<String> inYaml(String text, int generation) {
            Optional<org.snakeyaml.engine.v2.nodes.Node> root;
            try {
                root = new Compose(YamlTree.settings(text)).composeString(text);
            } catch (YamlEngineException e) {
                return Optional.empty(); // JSON that is no YAML, or several documents of which one is not empty
            }
            var metadata = root.flatMap(r -> entry(r, "metadata")).map(NodeTuple::getValueNode);
            var written = metadata.flatMap(m -> entry(m, GENERATION)).map(NodeTuple::getValueNode);
            if (written.isPresent()) {
                var value = written.get();
                return value.getStartMark()
                        .flatMap(from -> value.getEndMark()
                                .map(to -> text.substring(0, index(text, from))
                                        + generation
                                        + text.substring(index(text, to))));
            }
            boolean flow = metadata.filter(m -> m instanceof MappingNode map && map.getFlowStyle() == FlowStyle.FLOW)
                    .isPresent();
            return metadata.flatMap(m -> entry(m, "name"))
                    .flatMap(name -> name.getKeyNode().getStartMark())
                    .map(mark -> {
                        int at = index(text, mark);
                        int lineBegin = text.lastIndexOf('\n', at - 1) + 1;
                        String separator = flow ? ", " : "\n" + " ".repeat(text.codePointCount(lineBegin, at));
                        return text.substring(0, at) + "\"generation\": " + generation + separator + text.substring(at);
                    });
        }

        /** Marks count code points, strings count chars. */
        private static int index(String text, Mark mark) {
            return text.offsetByCodePoints(0, mark.getIndex());
        }

        private static Optional<NodeTuple> entry(org.snakeyaml.engine.v2.nodes.Node node, String name) {
            return node instanceof MappingNode mapping
                    ? mapping.getValue().stream()
                            .filter(t -> t.getKeyNode() instanceof ScalarNode key
                                    && key.getValue().equals(name))
                            .findFirst()
                    : Optional.empty();
        }

        /** The values as JSON, without the comments of the text. */
        private static Optional<String> anew(byte[] spec, int generation) {
            var tree = TextTree.read(spec, (line, path, message) -> {}).map(Text::plain);
            if (tree.isPresent()
                    && tree.get() instanceof Map<?, ?> groups
                    && groups.get("metadata") instanceof Map<?, ?> metadata) {
                var raised = new LinkedHashMap<Object, @Nullable Object>(groups);
                var inner = new LinkedHashMap<Object, @Nullable Object>(metadata);
                inner.put(GENERATION, generation);
                raised.put("metadata", inner);
                return Optional.of(PrettyJson.pretty(raised));
            }
            return Optional.empty();
        }

        private static @Nullable Object plain(Node node) {
            if (node instanceof Node.Mapping mapping) {
                var map = new LinkedHashMap<String, @Nullable Object>();
                mapping.entries().forEach((name, entry) -> map.put(name, plain(entry.value())));
                return map;
            }
            if (node instanceof Node.Sequence list) {
                var items = new ArrayList<@Nullable Object>();
                list.items().forEach(item -> items.add(plain(item)));
                return items;
            }
            return node instanceof Node.Scalar scalar ? scalar.value() : null;
        }
    }
}
