package dev.frl.messaging.access;

import static java.util.Objects.requireNonNull;

import dev.frl.messaging.Topics;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeShareGroupsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/** Asks the brokers which of its rights a role lacks, with the credentials of the client that asks. */
public final class Lacking {
    private static final long PATIENCE_SECONDS = 30;

    /** Each of these implies Describe. */
    private static final Set<AclOperation> IMPLY_DESCRIBE =
            Set.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DELETE, AclOperation.ALTER);

    private final Admin admin;
    private final Map<String, KafkaFuture<TopicDescription>> described;

    private Lacking(Admin admin, Map<String, KafkaFuture<TopicDescription>> described) {
        this.admin = admin;
        this.described = described;
    }

    /**
     * The rights that the role lacks: each with the operations that are missing. Rights on topics and groups that do not exist are
     * not asked for.
     */
    public static List<Right> of(Admin admin, Role role, Topics topics)
            throws InterruptedException, ExecutionException, TimeoutException {
        var rights = Rights.of(role, topics);
        var lacking = new Lacking(
                admin,
                admin.describeTopics(
                                rights.stream()
                                        .filter(right -> right.type() == ResourceType.TOPIC)
                                        .map(Right::name)
                                        .toList(),
                                new DescribeTopicsOptions().includeAuthorizedOperations(true))
                        .topicNameValues());
        var found = new ArrayList<Right>();
        for (var right : rights) {
            var has = lacking.has(right);
            if (has != null) {
                var missing = EnumSet.copyOf(right.operations());
                missing.removeAll(has);
                if (has.stream().anyMatch(IMPLY_DESCRIBE::contains)) {
                    missing.remove(AclOperation.DESCRIBE);
                }
                if (!missing.isEmpty()) {
                    found.add(right.with(missing));
                }
            }
        }
        return found;
    }

    /** What this client may do with the resource; null if that cannot be asked. */
    private @Nullable Set<AclOperation> has(Right right)
            throws InterruptedException, ExecutionException, TimeoutException {
        String name = right.name();
        return switch (right.type()) {
            case TOPIC ->
                operations(() -> get(requireNonNull(described.get(name))).authorizedOperations());
            case CLUSTER ->
                operations(
                        () -> get(admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true))
                                .authorizedOperations()));
            case GROUP -> group(right);
            case TRANSACTIONAL_ID ->
                operations(() -> {
                    get(admin.describeTransactions(
                                    List.of(right.pattern() == PatternType.PREFIXED ? name + "check" : name))
                            .all());
                    return null;
                });
            default -> null;
        };
    }

    private @Nullable Set<AclOperation> group(Right right)
            throws InterruptedException, ExecutionException, TimeoutException {
        String name = right.pattern() == PatternType.PREFIXED ? right.name() + "check" : right.name();
        boolean share = name.equals(Topics.TRAINERS) || name.equals(Topics.ATTACKERS);
        return operations(() -> share ? shareGroup(name) : consumerGroup(name));
    }

    private @Nullable Set<AclOperation> shareGroup(String name)
            throws InterruptedException, ExecutionException, TimeoutException {
        var options = new DescribeShareGroupsOptions().includeAuthorizedOperations(true);
        return requireNonNull(
                        get(admin.describeShareGroups(List.of(name), options).all())
                                .get(name))
                .authorizedOperations();
    }

    private @Nullable Set<AclOperation> consumerGroup(String name)
            throws InterruptedException, ExecutionException, TimeoutException {
        var options = new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true);
        return requireNonNull(
                        get(admin.describeConsumerGroups(List.of(name), options).all())
                                .get(name))
                .authorizedOperations();
    }

    private interface Question {
        @Nullable
        Set<AclOperation> ask() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private static @Nullable Set<AclOperation> operations(Question question)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            var operations = question.ask();
            return operations == null ? null : new HashSet<>(operations);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                return Set.of();
            }
            if (e.getCause() instanceof ApiException) {
                return null; // it does not exist
            }
            throw e;
        }
    }

    private static <T> T get(KafkaFuture<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
