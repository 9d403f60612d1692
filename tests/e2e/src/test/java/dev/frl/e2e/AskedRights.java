package dev.frl.e2e;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/** Kafka's authorizer, which writes down what it allows and what it denies. Brokers in this process make it by its name. */
public final class AskedRights extends StandardAuthorizer {
    /** These list all operations that a client has, so that asking does not mean using. */
    private static final Set<ApiKeys> LISTING = Set.of(
            ApiKeys.METADATA,
            ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
            ApiKeys.DESCRIBE_CLUSTER,
            ApiKeys.DESCRIBE_GROUPS,
            ApiKeys.CONSUMER_GROUP_DESCRIBE,
            ApiKeys.SHARE_GROUP_DESCRIBE);

    private static final Set<String> ALLOWED = new ConcurrentSkipListSet<>();
    private static final Set<String> DENIED = new ConcurrentSkipListSet<>();

    static void forget() {
        ALLOWED.clear();
        DENIED.clear();
    }

    /** Such as {@code READ TOPIC frl.run-log}. */
    static Set<String> allowed(String principal) {
        return of(ALLOWED, principal);
    }

    static Set<String> denied(String principal) {
        return of(DENIED, principal);
    }

    private static Set<String> of(Set<String> all, String principal) {
        var found = new TreeSet<String>();
        all.stream()
                .filter(line -> line.startsWith(principal + " "))
                .forEach(line -> found.add(line.substring(principal.length() + 1)));
        return found;
    }

    @Override
    public List<AuthorizationResult> authorize(AuthorizableRequestContext request, List<Action> actions) {
        var results = super.authorize(request, actions);
        boolean listing = LISTING.contains(ApiKeys.forId(request.requestType()));
        for (int i = 0; i < actions.size(); i++) {
            var action = actions.get(i);
            if (!listing || action.operation() == AclOperation.DESCRIBE) {
                var pattern = action.resourcePattern();
                (results.get(i) == AuthorizationResult.ALLOWED ? ALLOWED : DENIED)
                        .add(String.format(
                                Locale.ROOT,
                                "%s %s %s %s",
                                request.principal().getName(),
                                action.operation(),
                                pattern.resourceType(),
                                pattern.name()));
            }
        }
        return results;
    }
}
