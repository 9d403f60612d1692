package dev.frl.e2e;

import dev.frl.broker.EmbeddedBroker;
import java.nio.file.Path;

/** A broker as a process of its own, so that it can be killed. Arguments: directory, port. */
final class BrokerProcess {
    private BrokerProcess() {}

    public static void main(String[] args) throws InterruptedException {
        try (var broker = EmbeddedBroker.start(Path.of(args[0]), Integer.parseInt(args[1]))) {
            Thread.currentThread().join();
        }
    }
}
