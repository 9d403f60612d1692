package dev.frl.messaging.client;

import static java.util.Objects.requireNonNull;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.access.ClientPrincipal;
import dev.frl.messaging.access.Lacking;
import dev.frl.messaging.access.Role;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** What the services need of a cluster, checked one by one, for {@code frl doctor}. Changes nothing. */
public final class ClusterReport {
    /** Messages of hosts whose clocks differ by more are read too late, or not at all. */
    private static final Duration SKEW = Duration.ofMinutes(1);

    private static final int TRANSACTION_PATIENCE_MILLIS = 15_000;
    private static final String SHARE_STATE = "share.coordinator.state.topic.";

    /**
     * The result of a check.
     *
     * @param what name of the check
     * @param ok whether the services can work with it; null if it could not be checked
     * @param found one line
     * @param fix what to do; empty if nothing
     */
    public record Check(String what, @Nullable Boolean ok, String found, String fix) {}

    private final KafkaSettings settings;
    private final Topics topics;
    private final InstantSource clock;
    private final Admin admin;
    private final List<Check> checks = new ArrayList<>();

    private ClusterReport(KafkaSettings settings, Topics topics, InstantSource clock, Admin admin) {
        this.settings = settings;
        this.topics = topics;
        this.clock = clock;
        this.admin = admin;
    }

    /** Checks a cluster whose brokers answer. */
    public static List<Check> of(KafkaSettings settings, Topics topics, InstantSource clock)
            throws InterruptedException {
        try (var admin = Clients.admin(settings)) {
            var report = new ClusterReport(settings, topics, clock, admin);
            report.check("share groups", report::shareGroups);
            report.check("topics", report::topics);
            report.check("groups", report::groups);
            report.check("rights", report::rights);
            report.check("transactions", report::transactions);
            report.check("open transactions", report::openTransactions);
            report.check("clock", report::clock);
            return List.copyOf(report.checks);
        }
    }

    private interface Look {
        void run() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private void check(String what, Look look) throws InterruptedException {
        try {
            look.run();
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            if (cause instanceof AuthorizationException) {
                checks.add(new Check(
                        what,
                        null,
                        String.format(
                                Locale.ROOT,
                                "not checked, since %s may not: %s",
                                ClientPrincipal.of(settings::value),
                                cause.getMessage()),
                        "run it as the user of role admin, see frl topics acls"));
            } else {
                checks.add(new Check(what, false, "not known: " + cause.getMessage(), ""));
            }
        }
    }

    private void ok(String what, String found) {
        checks.add(new Check(what, true, found, ""));
    }

    private void wrong(String what, String found, String fix) {
        checks.add(new Check(what, false, found, fix));
    }

    private void shareGroups() throws InterruptedException, ExecutionException, TimeoutException {
        var absent = ShareGroups.absent(admin, settings.bootstrapServers());
        if (absent.isPresent()) {
            wrong("share groups", absent.get(), "");
            return;
        }
        int brokers = Waiting.get(admin.describeCluster().nodes()).size();
        var wanted = shareStateReplication();
        if (wanted > brokers) {
            wrong(
                    "share groups",
                    String.format(Locale.ROOT, "their state needs %d brokers, there are %d", wanted, brokers),
                    String.format(
                            Locale.ROOT,
                            "start the brokers with %sreplication.factor=%d and %smin.isr=1",
                            SHARE_STATE,
                            brokers,
                            SHARE_STATE));
        } else {
            ok("share groups", "enabled");
        }
    }

    /** 0 if it is not known. */
    private int shareStateReplication() throws InterruptedException, ExecutionException, TimeoutException {
        if (Waiting.get(admin.listTopics(new ListTopicsOptions().listInternal(true))
                        .names())
                .contains("__share_group_state")) {
            return 0; // it was created, so there are enough
        }
        var node = Waiting.get(admin.describeCluster().nodes()).iterator().next();
        var broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
        try {
            var entry = requireNonNull(
                            Waiting.get(admin.describeConfigs(List.of(broker)).all())
                                    .get(broker))
                    .get(SHARE_STATE + "replication.factor");
            return entry == null || entry.value() == null ? 0 : Integer.parseInt(entry.value());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                return 0;
            }
            throw e;
        }
    }

    private void topics() throws InterruptedException, ExecutionException, TimeoutException {
        String create = "frl topics create --bootstrap " + settings.bootstrapServers();
        var names = PartitionCounts.allNames(topics);
        var counts = PartitionCounts.of(admin, names);
        var missing = counts.missing(names);
        if (!missing.isEmpty()) {
            wrong(
                    "topics",
                    String.format(
                            Locale.ROOT,
                            "%d of %d are missing: %s",
                            missing.size(),
                            names.size(),
                            ClusterCheck.some(missing)),
                    create);
            return;
        }
        var joined = topics.joined().stream().map(Topic::name).toList();
        if (!counts.unusual(joined).isEmpty()) {
            wrong(
                    "topics",
                    counts.difference(joined),
                    create + "; or, when nothing is needed any more, frl topics reset");
            return;
        }
        counts.requireDeclared(topics, settings.bootstrapServers());
        if (!counts.unknown().isEmpty()) {
            ok(
                    "topics",
                    String.format(
                            Locale.ROOT,
                            "%d are there; %d this user may not see",
                            names.size() - counts.unknown().size(),
                            counts.unknown().size()));
        } else {
            ok("topics", String.format(Locale.ROOT, "all %d are there", names.size()));
        }
        var seen = topics.everything().stream()
                .<Topic<?>>map(topic -> topic)
                .filter(topic -> !counts.unknown().contains(topic.name()))
                .toList();
        check("topic settings", () -> topicSettings(seen, create));
    }

    private void topicSettings(List<Topic<?>> seen, String create)
            throws InterruptedException, ExecutionException, TimeoutException {
        var notes = new ArrayList<String>();
        var repair = TopicRepair.dry(admin, settings.bootstrapServers(), notes);
        repair.settings(seen);
        if (!repair.mended().isEmpty()) {
            wrong(
                    "topic settings",
                    String.format(
                            Locale.ROOT, "%d differ: %s", repair.mended().size(), ClusterCheck.some(repair.mended())),
                    create);
        } else if (!notes.isEmpty()) {
            wrong("topic settings", ClusterCheck.some(notes), "");
        } else {
            ok("topic settings", "as they should be");
        }
    }

    private void groups() throws InterruptedException, ExecutionException, TimeoutException {
        var differs = ShareGroups.differences(admin);
        if (differs.isEmpty()) {
            ok("groups", "the share groups are set up");
        } else {
            wrong("groups", ClusterCheck.some(differs), "frl topics create --bootstrap " + settings.bootstrapServers());
        }
    }

    private void rights() throws InterruptedException, ExecutionException, TimeoutException {
        var able = new ArrayList<String>();
        var lacks = new ArrayList<String>();
        for (var role : Role.values()) {
            var lacking = Lacking.of(admin, role, topics);
            if (lacking.isEmpty()) {
                able.add(role.label());
            } else {
                lacks.add(String.format(
                        Locale.ROOT,
                        "%s lacks %s%s",
                        role.label(),
                        lacking.get(0).inWords(),
                        lacking.size() > 1 ? String.format(Locale.ROOT, " and %d more", lacking.size() - 1) : ""));
            }
        }
        String user = ClientPrincipal.of(settings::value);
        if (lacks.isEmpty()) {
            ok("rights", user + " has those of all roles");
        } else if (!able.isEmpty()) {
            ok("rights", String.format(Locale.ROOT, "%s has those of %s", user, String.join(", ", able)));
        } else {
            wrong(
                    "rights",
                    String.format(Locale.ROOT, "%s has those of no role: %s", user, String.join("; ", lacks)),
                    "frl topics acls");
        }
    }

    /** With an id of the controller's kind, which its users may use. */
    private void transactions() throws InterruptedException, ExecutionException, TimeoutException {
        String id = Topics.CONTROLLERS + "-doctor";
        try {
            Waiting.get(admin.describeTransactions(List.of(id)).all());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                throw e;
            }
        }
        var config = settings.config(
                KafkaSettings.Kind.PRODUCER,
                Map.of(),
                Map.of("transactional.id", id, "max.block.ms", TRANSACTION_PATIENCE_MILLIS, "client.id", "frl-doctor"));
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            ok("transactions", "work");
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            wrong(
                    "transactions",
                    String.format(
                            Locale.ROOT,
                            "no answer of a transaction coordinator within %d s",
                            TRANSACTION_PATIENCE_MILLIS / 1000),
                    "on few brokers, start them with transaction.state.log.replication.factor and transaction.state.log.min.isr that they can hold");
        }
    }

    private void openTransactions() throws InterruptedException, ExecutionException, TimeoutException {
        String what = "open transactions";
        var counts = PartitionCounts.of(admin, PartitionCounts.allNames(topics));
        var open = new OpenTransactions(admin, clock.instant()).in(counts.existing());
        var known = open.stream().filter(of -> of.since() != null).toList();
        var words = ClusterCheck.some(
                open.stream().map(OpenTransactions.Open::inWords).toList());
        if (open.isEmpty()) {
            ok(what, "none is open for long");
        } else if (known.isEmpty()) {
            checks.add(new Check(
                    what,
                    null,
                    String.format(
                            Locale.ROOT,
                            "one is open in %s; %s may not read there, and cannot see since when",
                            words,
                            ClientPrincipal.of(settings::value)),
                    "look again in a minute; kafka-transactions.sh find-hanging, as a user who may read the topics"));
        } else {
            wrong(
                    what,
                    "what comes after them reaches no reader: " + words,
                    "stop the program that has left them open, or abort them: "
                            + known.get(0).abort(settings.bootstrapServers()));
        }
    }

    /** The leader of the metadata quorum tells its time. */
    private void clock() throws InterruptedException, ExecutionException, TimeoutException {
        long before = clock.millis();
        var quorum = Waiting.get(admin.describeMetadataQuorum().quorumInfo());
        long here = (before + clock.millis()) / 2;
        var there = quorum.voters().stream()
                .filter(voter -> voter.replicaId() == quorum.leaderId())
                .map(voter -> voter.lastCaughtUpTimestamp())
                .filter(time -> time.isPresent())
                .findFirst();
        if (there.isEmpty()) {
            checks.add(new Check("clock", null, "the brokers do not tell their time", ""));
            return;
        }
        long ahead = here - there.get().getAsLong();
        var differs = Duration.ofMillis(Math.abs(ahead));
        String found = String.format(
                Locale.ROOT,
                "this host is %s the brokers",
                differs.toSeconds() == 0
                        ? "at the same second as"
                        : String.format(
                                Locale.ROOT, "%d s %s", differs.toSeconds(), ahead > 0 ? "ahead of" : "behind"));
        if (differs.compareTo(SKEW) > 0) {
            wrong("clock", found, "set the clocks by NTP (chronyc tracking, timedatectl status)");
        } else {
            ok("clock", found);
        }
    }
}
