package dev.frl.cli.kubernetes;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;

/** Objects as YAML that kubectl reads. */
final class KubernetesYaml {
    /** Kubernetes reads YAML 1.1, in which yes, 010 and 1_000 are no strings; what might be one of these is quoted. */
    private static final Pattern SURELY_TEXT =
            Pattern.compile("(?!(?i:y|n|yes|no|on|off|true|false|null)$)[A-Za-z/][A-Za-z0-9./:@_=-]*");

    private KubernetesYaml() {}

    /** One document per object. */
    static String write(List<Map<String, Object>> objects) {
        var settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setExplicitStart(true)
                .setDereferenceAliases(true)
                .setWidth(1000)
                .setSplitLines(false)
                .build();
        return new Dump(settings, new Representer(settings)).dumpAllToString(objects.iterator());
    }

    private static final class Representer extends StandardRepresenter {
        Representer(DumpSettings settings) {
            super(settings);
        }

        @Override
        protected Node representScalar(Tag tag, String value, ScalarStyle style) {
            boolean plain = style == ScalarStyle.PLAIN && tag.equals(Tag.STR);
            return super.representScalar(
                    tag, value, plain && !SURELY_TEXT.matcher(value).matches() ? ScalarStyle.DOUBLE_QUOTED : style);
        }
    }
}
