package dev.frl.messaging.client;

import dev.frl.messaging.access.ClientPrincipal;
import dev.frl.messaging.access.Right;
import dev.frl.messaging.access.Role;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The user of this process lacks rights in the cluster. The message names them, and the commands that grant them. */
public final class LackingRightsException extends UnpreparedClusterException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 3;

    LackingRightsException(KafkaSettings settings, Role role, List<Right> lacking) {
        super(words(settings.bootstrapServers(), ClientPrincipal.of(settings::value), role, lacking));
    }

    private static String words(String servers, String principal, Role role, List<Right> lacking) {
        var shown = lacking.subList(0, Math.min(SHOWN, lacking.size()));
        int others = lacking.size() - shown.size();
        return String.format(
                Locale.ROOT,
                "Kafka at %s: %s lacks %s%s. Grant %s with %s; all rights of role %s: `frl topics acls --role %s --bootstrap %s`",
                servers,
                principal,
                shown.stream().map(Right::inWords).collect(Collectors.joining(", ")),
                others > 0 ? String.format(Locale.ROOT, " and %d more rights", others) : "",
                lacking.size() == 1 ? "it" : others > 0 ? "the first of them" : "them",
                shown.stream()
                        .map(right -> "`" + right.command(List.of(servers), principal) + "`")
                        .collect(Collectors.joining(", ")),
                role.label(),
                role.label(),
                servers);
    }
}
