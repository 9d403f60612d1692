package dev.frl.controller;

import dev.frl.messaging.Topics;

/** Names in the controller's topology. They are names in Kafka too, so a new name is a migration. */
final class TopologyNames {
    /** The store of live facts; part of the name of its changelog topic. */
    static final String STORE = Topics.RUN_FACTS;
    /** The store of turns; part of the name of its changelog topic. */
    static final String TURN_STORE = Topics.TURN_FACTS;
    /** The store of experiments; part of the name of its changelog topic. */
    static final String EXPERIMENT_STORE = Topics.EXPERIMENT_FACTS;

    private TopologyNames() {}

    /**
     * The sink of a processor that writes a topic as others do. A shared sink would join their partitions: one task would read the only
     * partition of frl.turn-signals together with the first partitions of the runs' topics.
     */
    static String sinkOf(String topic, String processor) {
        return sinkOf(topic) + "-from-" + processor;
    }

    /** The sink that writes a topic. */
    static String sinkOf(String topic) {
        return "to-" + topic;
    }
}
