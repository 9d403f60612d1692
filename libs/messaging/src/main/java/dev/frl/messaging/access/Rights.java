package dev.frl.messaging.access;

import static org.apache.kafka.common.acl.AclOperation.ALTER;
import static org.apache.kafka.common.acl.AclOperation.ALTER_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DELETE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;

/**
 * The least rights with which each role does its work. Read, Write, Delete and Alter imply Describe in Kafka, and a producer needs no
 * right of its own to be idempotent.
 */
public final class Rights {
    private final Map<String, Set<AclOperation>> topics = new LinkedHashMap<>();
    private final List<Right> others = new ArrayList<>();

    private Rights() {}

    /** The rights of a role, topics first. */
    public static List<Right> of(Role role, Topics topics) {
        var rights = new Rights();
        switch (role) {
            case CONTROLLER -> rights.controller(topics);
            case TRAINER -> rights.trainer(topics);
            case ATTACKER -> rights.attacker(topics);
            case RECORDER -> rights.recorder(topics);
            case CLI -> rights.cli(topics);
            case ADMIN -> rights.admin(topics);
        }
        var all = new ArrayList<Right>();
        rights.topics.forEach(
                (topic, operations) -> all.add(Right.topic(topic, operations.toArray(new AclOperation[0]))));
        all.addAll(rights.others);
        return List.copyOf(all);
    }

    private void controller(Topics t) {
        var inputs = Stream.of(
                        t.experimentSignals,
                        t.runSignals,
                        t.epochTrained,
                        t.shardAttacked,
                        t.workFailures,
                        t.workProgress,
                        t.turnSignals)
                .toList();
        reads(t.experimentSpecs, t.commands, t.workers);
        inputs.forEach(this::reads);
        writes(
                t.specRejections,
                t.commandAnswers,
                t.experimentSignals,
                t.experimentLog,
                t.experimentStatus,
                t.runSignals,
                t.runAssignments,
                t.attackShards,
                t.fairnessUpdates,
                t.runStatus,
                t.runLog,
                t.withdrawals,
                t.turnSignals);
        inputs.forEach(input -> writes(t.deadLettersOf(input)));
        t.changelogs().forEach(changelog -> {
            reads(changelog);
            writes(changelog);
        });
        others.add(Right.group(Topics.CONTROLLERS, READ));
        others.add(Right.transactionalIds(Topics.CONTROLLERS + "-", WRITE));
    }

    private void trainer(Topics t) {
        worker(t, t.runAssignments, Topics.TRAINERS);
        writes(t.runAssignments); // a run that it declines for the tenth time is written again
        reads(t.fairnessUpdates, t.runStatus, t.experimentStatus, t.specRejections); // all but the updates with --once
        writes(t.epochTrained);
    }

    private void attacker(Topics t) {
        worker(t, t.attackShards, Topics.ATTACKERS);
        writes(t.shardAttacked);
    }

    private void worker(Topics t, Topic<?> work, String group) {
        reads(work, t.workerCommands, t.withdrawals);
        writes(t.deadLettersOf(work), t.workProgress, t.workFailures, t.workers);
        others.add(Right.group(group, READ));
    }

    private void recorder(Topics t) {
        reads(t.runLog, t.experimentLog);
        others.add(Right.groups(Topics.RECORDERS + "-", READ));
    }

    private void cli(Topics t) {
        writes(t.experimentSpecs, t.commands, t.workerCommands);
        reads(
                t.specRejections,
                t.commandAnswers,
                t.experimentStatus,
                t.experimentLog,
                t.runStatus,
                t.runLog,
                t.workers,
                t.workerCommands);
    }

    private void admin(Topics t) {
        t.everything().forEach(topic -> may(topic, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS));
        t.deadLetters().forEach(letters -> {
            reads(letters);
            String source = letters.name().substring(Topic.DEAD_LETTERS.length());
            t.all().stream().filter(topic -> topic.name().equals(source)).forEach(topic -> may(topic, READ, WRITE));
        });
        for (String group : List.of(Topics.TRAINERS, Topics.ATTACKERS)) {
            others.add(Right.group(group, DESCRIBE, DELETE, DESCRIBE_CONFIGS, ALTER_CONFIGS));
        }
        others.add(Right.group(Topics.CONTROLLERS, DESCRIBE, DELETE));
        others.add(Right.groups(Topics.RECORDERS + "-", DESCRIBE, DELETE));
        others.add(Right.transactionalId(Topics.CONTROLLERS + "-doctor", WRITE)); // to see that transactions work
        others.add(Right.cluster(DESCRIBE));
    }

    private void reads(Topic<?>... read) {
        Stream.of(read).forEach(topic -> may(topic, READ));
    }

    private void writes(Topic<?>... written) {
        Stream.of(written).forEach(topic -> may(topic, WRITE));
    }

    private void may(Topic<?> topic, AclOperation... operations) {
        topics.computeIfAbsent(topic.name(), t -> EnumSet.noneOf(AclOperation.class))
                .addAll(List.of(operations));
    }
}
