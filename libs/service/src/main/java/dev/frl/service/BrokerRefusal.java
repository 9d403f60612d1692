package dev.frl.service;

import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.NotEnoughReplicasAfterAppendException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * What the brokers refuse while a service runs, and what to do, in one line. No run is to blame for it: work waits until an operator
 * has mended it, and uses up no attempt.
 */
public final class BrokerRefusal {
    private static final int DEEPEST = 20;

    private BrokerRefusal() {}

    /** Why the brokers refused; empty if the error is not theirs. */
    public static Optional<String> reason(Throwable error) {
        Throwable e = error;
        for (int depth = 0; e != null && depth < DEEPEST; depth++) {
            String help = help(e);
            if (help != null) {
                return Optional.of(String.format(
                        Locale.ROOT,
                        "Kafka refuses what this service needs: %s. %s",
                        String.valueOf(e.getMessage()).strip().replaceAll("\\.$", ""),
                        help));
            }
            e = e.getCause();
        }
        return Optional.empty();
    }

    /** Whether they refuse a record since a setting of its topic, or of all topics, does not allow it: no retry helps. */
    public static boolean isOfTopic(Throwable error) {
        boolean ownLimit = String.valueOf(error.getMessage()).contains("max.request.size"); // then the run is to blame
        return (error instanceof RecordTooLargeException && !ownLimit) || error instanceof PolicyViolationException;
    }

    private static @Nullable String help(Throwable e) {
        if (e instanceof AuthorizationException) {
            return "`frl topics acls` prints the commands that grant all rights";
        }
        if (e instanceof AuthenticationException) {
            return "Correct user and password in KAFKA_SASL_JAAS_CONFIG, and start it again";
        }
        if (isOfTopic(e)) {
            return "`frl topics create` sets what the topics lack, max.message.bytes too, or says how";
        }
        if (e instanceof UnknownTopicOrPartitionException) {
            return "`frl topics create` creates topics that are missing";
        }
        if (e instanceof NotEnoughReplicasException || e instanceof NotEnoughReplicasAfterAppendException) {
            return "Start the brokers that are down, or lower min.insync.replicas of the topic";
        }
        if (e instanceof TimeoutException) {
            return "Look whether all brokers run and are in sync, and whether the topic exists: `frl doctor`";
        }
        return null;
    }
}
