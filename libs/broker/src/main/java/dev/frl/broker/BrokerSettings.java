package dev.frl.broker;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/** Kafka's settings for a single node: no replication, few threads, small files, short delays. */
final class BrokerSettings {
    static final int NODE = 1;
    private static final String CLIENTS = "CLIENTS";

    private BrokerSettings() {}

    /** @param others settings that win over these */
    static Properties of(Path data, int port, int controllerPort, Map<String, String> others) {
        var p = new Properties();
        p.put("node.id", Integer.toString(NODE));
        p.put("process.roles", "broker,controller");
        p.put(
                "listeners",
                String.format(
                        Locale.ROOT, "%s://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", CLIENTS, port, controllerPort));
        p.put("advertised.listeners", String.format(Locale.ROOT, "%s://127.0.0.1:%d", CLIENTS, port));
        p.put("listener.security.protocol.map", CLIENTS + ":PLAINTEXT,CONTROLLER:PLAINTEXT");
        p.put("inter.broker.listener.name", CLIENTS);
        p.put("controller.listener.names", "CONTROLLER");
        p.put("controller.quorum.voters", String.format(Locale.ROOT, "%d@127.0.0.1:%d", NODE, controllerPort));
        p.put("log.dirs", data.toString());
        p.put("auto.create.topics.enable", "false");
        p.put("metric.reporters", "");
        alone(p);
        small(p);
        quick(p);
        p.putAll(others);
        return p;
    }

    /** No replication. */
    private static void alone(Properties p) {
        p.put("default.replication.factor", "1");
        p.put("min.insync.replicas", "1");
        p.put("offsets.topic.replication.factor", "1");
        p.put("transaction.state.log.replication.factor", "1");
        p.put("transaction.state.log.min.isr", "1");
        p.put("share.coordinator.state.topic.replication.factor", "1");
        p.put("share.coordinator.state.topic.min.isr", "1");
        // A killed broker may register again when its old session has ended. The session must also survive when
        // training
        // takes the whole processor: if the broker lost it, workers would lose their leases.
        p.put("broker.session.timeout.ms", "6000");
        p.put("broker.heartbeat.interval.ms", "2000");
        // No no-op records: there is no follower that needs them.
        p.put("metadata.max.idle.interval.ms", "0");
    }

    /** Few threads and little memory: the machine is shared with training. */
    private static void small(Properties p) {
        p.put("offsets.topic.num.partitions", "1");
        p.put("transaction.state.log.num.partitions", "1");
        p.put("share.coordinator.state.topic.num.partitions", "1");
        p.put("num.network.threads", "1");
        p.put("num.io.threads", "2");
        p.put("background.threads", "2");
        p.put("num.recovery.threads.per.data.dir", "1");
        p.put("group.coordinator.threads", "1");
        p.put("group.coordinator.background.threads", "1");
        p.put("log.cleaner.threads", "1");
        p.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20)); // 128 MiB of heap by default
        p.put("log.index.size.max.bytes", Integer.toString(1 << 20)); // preallocated per segment, 10 MiB by default
        p.put("log.segment.bytes", Integer.toString(64 << 20));
        p.put("offsets.topic.segment.bytes", Integer.toString(16 << 20));
        p.put("transaction.state.log.segment.bytes", Integer.toString(16 << 20));
        p.put("share.coordinator.state.topic.segment.bytes", Integer.toString(16 << 20));
    }

    /** Short delays: all group members are on this machine. Tests use leases of one second. */
    private static void quick(Properties p) {
        p.put("group.initial.rebalance.delay.ms", "0");
        p.put("group.streams.initial.rebalance.delay.ms", "0");
        for (String kind : new String[] {"share", "consumer", "streams"}) {
            p.put("group." + kind + ".min.heartbeat.interval.ms", "500");
            // Kafka's default of 5 s makes joining slow; much shorter intervals take processor time from training.
            p.put("group." + kind + ".heartbeat.interval.ms", "1500");
            p.put("group." + kind + ".assignment.interval.ms", "0");
            p.put("group." + kind + ".min.session.timeout.ms", "6000");
        }
        p.put("group.share.min.record.lock.duration.ms", "1000");
        p.put("group.share.max.record.lock.duration.ms", "3600000");
    }
}
