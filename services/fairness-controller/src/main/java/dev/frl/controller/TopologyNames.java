package dev.frl.controller;

/** Names in the controller's topology. They are names in Kafka too, so a new name is a migration. */
final class TopologyNames {
    /** The store of live facts; part of the name of its changelog topic. */
    static final String STORE = "run-facts";

    private TopologyNames() {}

    /** The sink that writes a topic. */
    static String sinkOf(String topic) {
        return "to-" + topic;
    }
}
