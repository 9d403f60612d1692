package dev.frl.broker;

import java.nio.file.Path;

/** A process of its own that starts a broker, writes something, says so, and waits to be killed. */
final class KilledBroker {
    private KilledBroker() {}

    public static void main(String[] args) throws Exception {
        var broker = EmbeddedBroker.start(Path.of(args[0]), 0);
        EmbeddedBrokerTest.write(broker, "written before the kill");
        System.out.println("ready");
        Thread.sleep(600_000);
    }
}
