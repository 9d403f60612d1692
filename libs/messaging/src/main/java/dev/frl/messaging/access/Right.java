package dev.frl.messaging.access;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;

/**
 * What a user may do with a resource.
 *
 * @param type topic, group, transactional id or cluster
 * @param name of the resource, or the beginning of its name
 * @param pattern LITERAL or PREFIXED
 * @param operations at least one
 */
public record Right(ResourceType type, String name, PatternType pattern, Set<AclOperation> operations) {
    /** Name of the only resource of type cluster. */
    private static final String CLUSTER = "kafka-cluster";

    private static final Map<ResourceType, String> OPTIONS = new EnumMap<>(Map.of(
            ResourceType.TOPIC,
            "--topic",
            ResourceType.GROUP,
            "--group",
            ResourceType.TRANSACTIONAL_ID,
            "--transactional-id"));

    public Right {
        operations = Set.copyOf(operations);
    }

    static Right topic(String name, AclOperation... operations) {
        return of(ResourceType.TOPIC, name, PatternType.LITERAL, operations);
    }

    static Right group(String name, AclOperation... operations) {
        return of(ResourceType.GROUP, name, PatternType.LITERAL, operations);
    }

    static Right groups(String prefix, AclOperation... operations) {
        return of(ResourceType.GROUP, prefix, PatternType.PREFIXED, operations);
    }

    static Right transactionalIds(String prefix, AclOperation... operations) {
        return of(ResourceType.TRANSACTIONAL_ID, prefix, PatternType.PREFIXED, operations);
    }

    static Right transactionalId(String name, AclOperation... operations) {
        return of(ResourceType.TRANSACTIONAL_ID, name, PatternType.LITERAL, operations);
    }

    static Right cluster(AclOperation... operations) {
        return of(ResourceType.CLUSTER, CLUSTER, PatternType.LITERAL, operations);
    }

    private static Right of(ResourceType type, String name, PatternType pattern, AclOperation... operations) {
        return new Right(type, name, pattern, Set.of(operations));
    }

    /** The same resource with other operations. */
    Right with(Set<AclOperation> others) {
        return new Right(type, name, pattern, others);
    }

    /** The operations in the order of Kafka. */
    public List<AclOperation> sorted() {
        return new ArrayList<>(EnumSet.copyOf(operations));
    }

    /** Such as {@code topic frl.run-log}. */
    public String resource() {
        if (type == ResourceType.CLUSTER) {
            return "the cluster";
        }
        String kind = type == ResourceType.TRANSACTIONAL_ID
                ? "transactional id"
                : type.name().toLowerCase(Locale.ROOT);
        return String.format(Locale.ROOT, "%s %s%s", kind, name, pattern == PatternType.PREFIXED ? "…" : "");
    }

    /** Such as {@code Read on topic frl.run-log}. */
    public String inWords() {
        return sorted().stream().map(Right::word).collect(Collectors.joining(" and ")) + " on " + resource();
    }

    /** An operation as Kafka's tools write it, such as {@code DescribeConfigs}. */
    public static String word(AclOperation operation) {
        var word = new StringBuilder();
        for (String part : operation.name().split("_", -1)) {
            word.append(part.charAt(0)).append(part.substring(1).toLowerCase(Locale.ROOT));
        }
        return word.toString();
    }

    /** Options of kafka-acls.sh for the operations and the resource. */
    private String options() {
        String what = sorted().stream().map(o -> "--operation " + word(o)).collect(Collectors.joining(" "));
        String on = type == ResourceType.CLUSTER ? "--cluster" : OPTIONS.get(type) + " " + name;
        return what + " " + on + (pattern == PatternType.PREFIXED ? " --resource-pattern-type prefixed" : "");
    }

    /**
     * The command that grants this right, for a shell.
     *
     * @param connection addresses of brokers, and then further words, such as {@code --command-config} and a file
     * @param principal such as {@code User:frl-trainer}
     */
    public String command(List<String> connection, String principal) {
        return String.format(
                Locale.ROOT,
                "kafka-acls.sh --bootstrap-server %s --add --allow-principal %s %s",
                connection.stream().map(Right::quoted).collect(Collectors.joining(" ")),
                quoted(principal),
                options());
    }

    /** For a shell: the names of certificates have spaces. What would move the cursor is in no name that Kafka knows. */
    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_.,:=/@-]+")
                ? word
                : "'" + word.replaceAll("\\p{Cc}", "?").replace("'", "'\\''") + "'";
    }
}
